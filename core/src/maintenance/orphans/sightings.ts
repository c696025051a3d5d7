/** When something counts as seen twice. */
export interface SightingRules {
  /** Least time between the first sighting and the one that counts, in milliseconds. */
  readonly apartMs: number;
  /** What was not seen for longer is seen for the first time again: a database may be a restored one. In milliseconds. */
  readonly forgottenAfterMs: number;
}

/**
 * Remembers since when things without an owner have been there, so that only what is seen twice counts. All processes share it: each may
 * live shorter than the time between two sightings.
 *
 * Promised: what a sighting is counted from is a time of this database's that has passed, and since then no sighting of its place was without
 * it. Not promised: that sightings of several processes at a time are all remembered.
 */
export interface Sightings {
  /**
   * Records all that is seen in a place now, and forgets what is seen there no longer, or anywhere for too long.
   * @returns what was first seen long enough ago
   */
  note(place: string, names: readonly string[], rules: SightingRules): Promise<ReadonlySet<string>>;
  /** Forgets what was seen in a place. */
  clear(place: string): Promise<void>;
}

/** A service that runs for an hour a day is cleaned up too. */
const leastForgottenAfterMs = 2 * 86_400_000;

/** The rules for what is looked at about this often. */
export const sightingRules = (apartMs: number): SightingRules => ({
  apartMs,
  forgottenAfterMs: Math.max(leastForgottenAfterMs, 8 * apartMs),
});
