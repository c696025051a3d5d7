import { setImmediate } from "node:timers";

/**
 * Joins concurrent calls, and calls that arrive during a write, into one write (group commit). A single call is written at
 * once; under load the database does one commit for many callers, and each still gets its own answer.
 */
export interface GroupCommit<I, O> {
  /** Adds an item; settles as its part of the batch does. */
  add(item: I): Promise<O>;
}

interface Waiting<I, O> {
  readonly item: I;
  readonly resolve: (output: O) => void;
  readonly reject: (reason: unknown) => void;
}

/** How a {@link GroupCommit} writes. */
export interface GroupCommitOptions<I, O> {
  /** Writes a batch as a whole or not at all; answers in the order of the items. */
  readonly run: (items: readonly I[]) => Promise<readonly O[]>;
  /** Most items of a batch. */
  readonly size: number;
  /** Most batches at the same time. */
  readonly parallel: number;
  /** Whether a failed batch certainly wrote nothing: it is then retried item by item, so that one bad item fails no other. */
  readonly wroteNothing: (error: unknown) => boolean;
}

/** Makes a {@link GroupCommit}. */
export function createGroupCommit<I, O>({
  run,
  size,
  parallel,
  wroteNothing,
}: GroupCommitOptions<I, O>): GroupCommit<I, O> {
  const waiting: Waiting<I, O>[] = [];
  let active = 0;
  let isDue = false;

  const settle = async (batch: readonly Waiting<I, O>[]): Promise<void> => {
    try {
      const outputs = await run(batch.map((entry) => entry.item));
      batch.forEach((entry, index) => {
        entry.resolve(outputs[index] as O);
      });
    } catch (error) {
      if (batch.length > 1 && wroteNothing(error)) {
        for (const entry of batch) await settle([entry]);
      } else {
        for (const entry of batch) entry.reject(error);
      }
    }
  };

  const pump = (): void => {
    isDue = false;
    while (active < parallel && waiting.length > 0) {
      active += 1;
      void settle(waiting.splice(0, size)).finally(() => {
        active -= 1;
        if (waiting.length > 0) pumpSoon();
      });
    }
  };

  // After every request that has arrived was read: SQLite commits so fast that each would get a batch of its own.
  const pumpSoon = (): void => {
    if (isDue) return;
    isDue = true;
    setImmediate(pump);
  };

  return {
    add: (item) =>
      new Promise((resolve, reject) => {
        waiting.push({ item, resolve, reject });
        pumpSoon();
      }),
  };
}
