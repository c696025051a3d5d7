/** How often something may happen within a window that begins with its first time. */
export interface RateRule {
  /** Rules of different names count apart. */
  readonly name: string;
  readonly limit: number;
  readonly windowSeconds: number;
}

/** What was counted of one key. */
export interface RateCount {
  /** Whether the limit holds: what was counted last is within it, or the next one will be. */
  readonly isWithin: boolean;
  readonly remaining: number;
  /** Until the window ends, in milliseconds. */
  readonly resetsInMs: number;
}

/**
 * Counts uses within windows. Processes that share a backend share the counts. It never fails: where the backend is away, each
 * process counts for itself, so that an outage neither stops the service nor opens it to floods.
 */
export interface RateCounter {
  /** Counts one use by `key`. `isWithin`: this use is within the limit. */
  count(rule: RateRule, key: string): Promise<RateCount>;
  /** What is left, without counting. `isWithin`: another use would be. */
  look(rule: RateRule, key: string): Promise<RateCount>;
  /** Lets go of connections and timers. */
  close(): Promise<void>;
}
