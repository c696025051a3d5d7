/** Timeout, polling interval and error message of `eventually`. */
export interface EventuallyOptions {
  /** Milliseconds until it gives up. Default: 60,000: a busy machine takes its time. */
  readonly timeoutMs?: number;
  /** Polling interval in milliseconds. Default: 50, and longer the longer it waits, up to 500: a look may cost as much as the work. */
  readonly intervalMs?: number;
  /** What was waited for; leads the error's message. */
  readonly message?: string;
}

type Truthy<T> = Exclude<T, false | 0 | "" | null | undefined>;

/**
 * Waits until a condition holds: polls `look` until it returns something truthy without throwing, and returns that.
 *
 * Tests use it instead of fixed sleeps, so that they take no longer than necessary.
 * @throws Error when the time is up, with the last thing `look` threw as its cause.
 */
export async function eventually<T>(look: () => T | Promise<T>, options: EventuallyOptions = {}): Promise<Truthy<T>> {
  const { timeoutMs = 60_000, message = "the condition" } = options;
  const startedAt = Date.now();
  const deadline = startedAt + timeoutMs;
  let lastError: unknown;
  for (;;) {
    try {
      const value = await look();
      if (value) return value as Truthy<T>;
      lastError = undefined;
    } catch (error) {
      lastError = error;
    }
    if (Date.now() >= deadline) {
      const reason = lastError instanceof Error ? `: ${lastError.message}` : "";
      throw new Error(`${message} did not come true within ${timeoutMs} ms${reason}`, { cause: lastError });
    }
    const intervalMs = options.intervalMs ?? Math.min(500, Math.max(50, (Date.now() - startedAt) / 20));
    await new Promise((resolve) => setTimeout(resolve, intervalMs));
  }
}
