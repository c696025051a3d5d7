/** Collects single calls into batches. */
export interface Batcher<Item, Result> {
  /** Sends the item with the next batch; settles as its batch does. */
  push(item: Item): Promise<Result>;
  /** Resolves when nothing is under way or waiting. */
  idle(): Promise<void>;
}

interface Waiting<Item, Result> {
  readonly item: Item;
  readonly resolve: (result: Result) => void;
  readonly reject: (reason: unknown) => void;
}

/**
 * Sends the first item at once, and what comes in while a batch is under way as the next batch. A single call is
 * sent at once, concurrent calls share one round trip, and batches arrive in order because there is one at a time.
 * @param send gets 1 to `max` items and answers with one result each, in the same order.
 */
export function createBatcher<Item, Result>(
  max: number,
  send: (items: readonly Item[]) => Promise<readonly Result[]>,
): Batcher<Item, Result> {
  let waiting: Waiting<Item, Result>[] = [];
  let running: Promise<void> | null = null;

  const drain = async (): Promise<void> => {
    // The rest of this turn's calls join the first batch.
    await Promise.resolve();
    while (waiting.length > 0) {
      const batch = waiting.length <= max ? waiting : waiting.slice(0, max);
      waiting = waiting.length <= max ? [] : waiting.slice(max);
      try {
        const results = await send(batch.map((entry) => entry.item));
        for (const [index, entry] of batch.entries()) entry.resolve(results[index] as Result);
      } catch (error) {
        for (const entry of batch) entry.reject(error);
      }
    }
    running = null;
  };

  return {
    push: (item) =>
      new Promise((resolve, reject) => {
        waiting.push({ item, resolve, reject });
        running ??= drain();
      }),
    idle: async () => {
      await running;
    },
  };
}
