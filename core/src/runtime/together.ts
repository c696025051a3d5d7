/**
 * Runs pieces of work side by side on one signal. When one fails, or the signal aborts, the others are aborted, and the
 * rejection waits for their ends: whoever catches it may take away what they worked on.
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
        // The first one tells why; the others then end for that reason.
        stop.abort(error);
        throw error;
      }
    }),
  );
  if (stop.signal.aborted) throw stop.signal.reason;
  return ends.map((end) => (end.status === "fulfilled" ? end.value : undefined)) as unknown as T;
}
