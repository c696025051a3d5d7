import { expect, test } from "bun:test";
import { eventually } from "@vidferry/testing";
import { createTicker } from "./ticker.ts";

test("calls all members until each leaves, also one that leaves while it is called", async () => {
  const ticker = createTicker(1);
  const calls = { short: 0, long: 0 };
  const leaveShort = ticker.add(() => {
    calls.short++;
    leaveShort();
  });
  const leaveLong = ticker.add(() => {
    calls.long++;
  });
  await eventually(() => calls.long >= 3);
  expect(calls.short).toBe(1);
  leaveLong();
  const after = calls.long;
  const again = ticker.add(() => {
    calls.short++;
  });
  await eventually(() => calls.short >= 3);
  again();
  expect(calls.long).toBe(after);
});
