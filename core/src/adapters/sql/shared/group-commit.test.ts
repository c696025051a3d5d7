import { describe, expect, test } from "bun:test";
import { createGroupCommit } from "./group-commit.ts";

/** A commits whose writes the test lets go one by one. */
function heldCommits(answer: (item: number) => number = (item) => item * 10) {
  const batches: (readonly number[])[] = [];
  const gates: (() => void)[] = [];
  const commits = createGroupCommit<number, number>({
    size: 4,
    parallel: 1,
    wroteNothing: (error) => error instanceof RangeError,
    run: async (items) => {
      batches.push(items);
      await new Promise<void>((resolve) => gates.push(resolve));
      return items.map(answer);
    },
  });
  const letGo = async (): Promise<void> => {
    while (gates.length === 0) await new Promise(setImmediate);
    gates.shift()?.();
  };
  return { commits, batches, letGo };
}

describe("a group commit", () => {
  test("writes together what came in one turn of the event loop, each from a step of its own", async () => {
    const { commits, batches, letGo } = heldCommits();
    const late = async (item: number): Promise<number> => {
      for (let step = 0; step < 10 * item; step += 1) await Promise.resolve();
      return await commits.add(item);
    };
    const all = Promise.all([1, 2, 3].map(late));
    await letGo();
    expect(await all).toEqual([10, 20, 30]);
    expect(batches).toEqual([[1, 2, 3]]);
  });

  test("writes no more together than a batch may hold", async () => {
    const { commits, batches, letGo } = heldCommits();
    const all = Promise.all([1, 2, 3, 4, 5].map((item) => commits.add(item)));
    await letGo();
    await letGo();
    expect(await all).toEqual([10, 20, 30, 40, 50]);
    expect(batches).toEqual([[1, 2, 3, 4], [5]]);
  });

  test("tries a batch that wrote nothing item by item, so that one bad item spoils no other", async () => {
    const { commits, letGo } = heldCommits((item) => {
      if (item === 2) throw new RangeError("bad item");
      return item * 10;
    });
    const all = Promise.allSettled([1, 2, 3, 4].map((item) => commits.add(item)));
    for (let write = 0; write < 5; write += 1) await letGo();
    const bad = { reason: { message: "bad item" } };
    expect(await all).toMatchObject([{ value: 10 }, bad, { value: 30 }, { value: 40 }]);
  });

  test("repeats nothing that may have been written", async () => {
    const { commits, batches, letGo } = heldCommits(() => {
      throw new Error("the connection broke");
    });
    const all = Promise.allSettled([1, 2].map((item) => commits.add(item)));
    await letGo();
    expect(await all).toMatchObject([{ status: "rejected" }, { status: "rejected" }]);
    expect(batches).toHaveLength(1);
  });
});
