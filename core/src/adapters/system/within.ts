/**
 * Settles as the work does, or rejects with the result of `late` after `ms` milliseconds: commands on a dead socket never
 * settle. The work itself is not stopped; `late` may do that.
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
