import { expect, test } from "bun:test";
import { createBatcher } from "./batcher.ts";

/** Sends that end when the test says so. */
function heldSends() {
  const batches: { readonly items: readonly number[]; readonly end: (error?: Error) => void }[] = [];
  const send = (items: readonly number[]): Promise<number[]> =>
    new Promise((resolve, reject) => {
      batches.push({ items, end: (error) => (error ? reject(error) : resolve(items.map((item) => item * 10))) });
    });
  return { batches, send };
}

const turn = () => new Promise((resolve) => setTimeout(resolve));

test("calls of one turn go together, calls during a batch go in the next, and each gets its own result", async () => {
  const { batches, send } = heldSends();
  const batcher = createBatcher(100, send);
  const first = [batcher.push(1), batcher.push(2)];
  await turn();
  const second = [batcher.push(3), batcher.push(4)];
  await turn();
  expect(batches.map((batch) => batch.items)).toEqual([[1, 2]]);
  batches[0]?.end();
  expect(await Promise.all(first)).toEqual([10, 20]);
  await turn();
  batches[1]?.end();
  expect(await Promise.all(second)).toEqual([30, 40]);
});

test("a batch is never larger than allowed, and keeps the order", async () => {
  const { batches, send } = heldSends();
  const batcher = createBatcher(2, send);
  const all = [1, 2, 3, 4, 5].map((item) => batcher.push(item));
  for (let i = 0; i < 3; i++) {
    await turn();
    batches[i]?.end();
  }
  await Promise.all(all);
  expect(batches.map((batch) => batch.items)).toEqual([[1, 2], [3, 4], [5]]);
});

test("a batch that fails fails only its own calls, and is over before the batcher counts as idle", async () => {
  const { batches, send } = heldSends();
  const batcher = createBatcher(1, send);
  const [bad, good] = [batcher.push(1), batcher.push(2)];
  bad.catch(() => undefined);
  let idle = false;
  const waiting = batcher.idle().then(() => {
    idle = true;
  });
  await turn();
  batches[0]?.end(new Error("refused"));
  await turn();
  expect(idle).toBe(false);
  batches[1]?.end();
  await expect(bad).rejects.toThrow("refused");
  expect(await good).toBe(20);
  await waiting;
});
