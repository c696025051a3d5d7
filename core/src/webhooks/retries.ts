const [second, minute, hour] = [1_000, 60_000, 3_600_000];

/** Pauses after failed tries, as Standard Webhooks recommends: the last try is about three days after the first. */
const retryPausesMs: readonly number[] = [
  ...[5 * second, 30 * second, 5 * minute, 30 * minute],
  ...[2 * hour, 5 * hour, 10 * hour, 14 * hour, 20 * hour, 24 * hour],
];

/** Longest wait that a receiver can ask for. */
const longestRetryAfterMs = 24 * hour;
const jitter = 0.2;

/**
 * The pause before the next try; null when that was the last one.
 * @param tries those that failed, the latest among them
 * @param random from 0 to 1
 */
export function retryPauseMs(tries: number, retryAfterMs: number | null, random: number): number | null {
  const pause = retryPausesMs[tries - 1];
  if (pause === undefined) return null;
  const spread = pause * (1 - jitter + 2 * jitter * random);
  return Math.round(Math.max(spread, Math.min(retryAfterMs ?? 0, longestRetryAfterMs)));
}

/** A webhook of which nothing was delivered for this long is disabled when another delivery has used up its tries. */
export const disableAfterMs = 5 * 24 * hour;
