/**
 * Backoff before the next attempt of a job that lost its worker, in milliseconds, by the number of workers lost before: a job
 * that crashes its workers must leave time for other jobs.
 */
export const lostPausesMs = [1_000, 5_000, 25_000, 125_000] as const;

/** The pause after one more loss; the last value for all further ones. */
export function lostPauseMs(lostBefore: number): number {
  return lostPausesMs[Math.min(lostBefore, lostPausesMs.length - 1)] ?? lostPausesMs[0];
}
