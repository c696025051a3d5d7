import { expect, test } from "bun:test";
import { eventually } from "@vidferry/testing";
import { createTicker } from "./ticker.ts";

test("calls all members until each leaves, also one that leaves while it is called", async () => {
  const ticker = createTicker(1);
  const calls = { short: 0, long: 0 };
  const short = {
    tick: () => {
      calls.short++;
      ticker.remove(short);
    },
  };
  const long = { tick: () => calls.long++ };
  ticker.add(short);
  ticker.add(long);
  await eventually(() => calls.long >= 3);
  expect(calls.short).toBe(1);
  ticker.remove(long);
  const after = calls.long;
  const again = { tick: () => calls.short++ };
  ticker.add(again);
  await eventually(() => calls.short >= 3);
  ticker.remove(again);
  expect(calls.long).toBe(after);
});
