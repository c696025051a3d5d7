/**
 * What comes of the work, or the signal's reason as soon as that aborts: what hangs, and takes no signal itself, keeps nobody.
 * The work is not ended by it, and what becomes of it later is of no interest.
 */
export async function unlessAborted<T>(work: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return await work;
  const { promise: aborted, reject } = Promise.withResolvers<never>();
  const onAbort = () => reject(signal.reason);
  if (signal.aborted) onAbort();
  else signal.addEventListener("abort", onAbort, { once: true });
  try {
    // The abort first: of two that have settled already it is the one that counts.
    return await Promise.race([aborted, work]);
  } finally {
    signal.removeEventListener("abort", onAbort);
  }
}
