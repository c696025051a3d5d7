import { expect, test } from "bun:test";
import { inLanes } from "./reported.ts";

test("things done in lanes end before a failure of one is told, and nothing is begun after it", async () => {
  const log: string[] = [];
  const [begun, others] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  async function* source(): AsyncGenerator<string, void, void> {
    try {
      yield* ["fails", "goes on", "never begins", "nor this"];
    } finally {
      log.push("source closed");
    }
  }
  const work = async (item: string): Promise<void> => {
    log.push(item);
    if (item === "fails") {
      await begun.promise;
      setTimeout(others.resolve, 20);
      throw new Error("no key");
    }
    begun.resolve();
    await others.promise;
    log.push(`${item} to its end`);
  };
  const done = inLanes(2, source(), new AbortController().signal, work).catch((error: Error) => {
    log.push(error.message);
  });
  await done;
  expect(log).toEqual(["fails", "goes on", "goes on to its end", "source closed", "no key"]);
});

test("all that comes is done in lanes, and nothing more once the signal aborts", async () => {
  async function* numbers(): AsyncGenerator<number, void, void> {
    for (let number = 1; number <= 10; number += 1) yield number;
  }
  const all: number[] = [];
  await inLanes(3, numbers(), new AbortController().signal, async (number) => void all.push(number));
  expect(all.toSorted((one, other) => one - other)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
  const stopped = new AbortController();
  const some: number[] = [];
  await inLanes(1, numbers(), stopped.signal, async (number) => {
    some.push(number);
    if (number === 2) stopped.abort();
  });
  expect(some).toEqual([1, 2]);
});
