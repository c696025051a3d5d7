import { expect, test } from "bun:test";
import { sleep } from "./sleep.ts";

test("a sleep ends by itself, and at once when it is aborted", async () => {
  await sleep(1, new AbortController().signal);
  const left = new AbortController();
  const long = sleep(1e8, left.signal);
  left.abort();
  await long;
  await sleep(1e8, left.signal);
  expect(left.signal.aborted).toBe(true);
});
