/**
 * What comes of the work, or a rejection with what `late` gives when that takes longer than `ms` milliseconds: a socket whose
 * packets vanish never settles what was sent over it. The work is not ended by it; `late` may see to that.
 */
export async function within<T>(ms: number, work: Promise<T>, late: () => Error): Promise<T> {
  const { promise: timeIsUp, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(late()), ms);
  try {
    return await Promise.race([work, timeIsUp]);
  } finally {
    clearTimeout(timer);
  }
}
