import { expect, test } from "bun:test";
import { createSemaphore } from "./semaphore.ts";

test("a semaphore lets in the next one when somebody leaves, and forgets who has gone away", async () => {
  const semaphore = createSemaphore(1);
  const inside: string[] = [];
  const enter = async (who: string, signal?: AbortSignal) => {
    const release = await semaphore.acquire(signal);
    inside.push(who);
    return release;
  };
  const release = await enter("first");
  const impatient = new AbortController();
  const second = enter("second", impatient.signal).catch((error: unknown) => error);
  const third = enter("third");
  expect(semaphore.size).toBe(3);
  impatient.abort("too long");
  expect(await second).toBe("too long");
  expect([inside, semaphore.size]).toEqual([["first"], 2]);
  release();
  (await third)();
  (await enter("fourth"))();
  expect([inside, semaphore.size]).toEqual([["first", "third", "fourth"], 0]);
  expect(await semaphore.acquire(AbortSignal.abort("never")).catch((error: unknown) => error)).toBe("never");
});
