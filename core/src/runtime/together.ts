/**
 * Runs pieces of work concurrently on one signal. When one fails, or the signal aborts, the others are aborted, and the
 * rejection waits until they have settled: the caller may then delete what they worked on.
 */
export async function together<T extends readonly unknown[] | []>(
  signal: AbortSignal,
  pieces: { readonly [K in keyof T]: (signal: AbortSignal) => Promise<T[K]> },
): Promise<T> {
  const stop = new AbortController();
  const either = AbortSignal.any([signal, stop.signal]);
  const ends = await Promise.allSettled(
    pieces.map(async (piece) => {
      try {
        return await piece(either);
      } catch (error) {
        // The first failure is the reason; the others then abort with it.
        stop.abort(error);
        throw error;
      }
    }),
  );
  if (stop.signal.aborted) throw stop.signal.reason;
  return ends.map((end) => (end.status === "fulfilled" ? end.value : undefined)) as unknown as T;
}
