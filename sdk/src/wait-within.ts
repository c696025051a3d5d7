import { TimeoutError } from "./errors.ts";

/** When a wait ends although nothing has happened. */
export interface WaitLimits {
  readonly signal?: AbortSignal | undefined;
  readonly timeoutMs?: number | undefined;
}

/**
 * Runs a wait with a signal that aborts when the caller's does, or when the time is over. Rejects with the reason of the one, or
 * a {@link TimeoutError}.
 */
export async function waitWithin<T>(
  what: string,
  { signal, timeoutMs }: WaitLimits,
  wait: (ends: AbortSignal) => Promise<T>,
): Promise<T> {
  signal?.throwIfAborted();
  const late = new AbortController();
  const timer = timeoutMs === undefined ? undefined : setTimeout(() => late.abort(), timeoutMs);
  try {
    return await wait(signal === undefined ? late.signal : AbortSignal.any([signal, late.signal]));
  } catch (error) {
    signal?.throwIfAborted();
    if (late.signal.aborted) throw new TimeoutError(`${what} was not over within ${timeoutMs} ms.`);
    throw error;
  } finally {
    clearTimeout(timer);
  }
}
