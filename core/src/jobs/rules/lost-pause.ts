/**
 * Before the next try of a job that lost its worker, in milliseconds, by the workers it has lost before. A job that takes
 * its workers down should leave time in between for others.
 */
export const lostPausesMs = [1_000, 5_000, 25_000, 125_000] as const;

/** The pause after one more loss; the longest one from there on. */
export function lostPauseMs(lostBefore: number): number {
  return lostPausesMs[Math.min(lostBefore, lostPausesMs.length - 1)] ?? lostPausesMs[0];
}
