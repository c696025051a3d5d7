/** The time, and waiting for it. Injected so that tests can hold it. */
export interface Clock {
  /** The current moment. */
  now(): Date;
  /** Resolves after `ms` milliseconds; rejects with the signal's reason as soon as it aborts. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}
