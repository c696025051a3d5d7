import { expect, test } from "bun:test";
import { createEventSocket } from "./socket.ts";

/** There are no events before the end. */
async function endOf(stop: AbortSignal): Promise<IteratorReturnResult<undefined>> {
  if (!stop.aborted) await new Promise((resolve) => stop.addEventListener("abort", resolve));
  return { done: true, value: undefined };
}

test.each([
  ["closing", 1001],
  ["keyEnded", 1008],
] as const)("a socket that opens after the signal `%s` is closed at once", async (signal, code) => {
  const closed = Promise.withResolvers<number>();
  const handlers = createEventSocket({
    present: (event) => event,
    follow: (stop) => ({ [Symbol.asyncIterator]: () => ({ next: () => endOf(stop) }) }),
    [signal]: AbortSignal.abort(),
    onError: () => undefined,
  });
  handlers.open({ send: async () => undefined, close: (given) => closed.resolve(given) });
  expect(await closed.promise).toBe(code);
});
