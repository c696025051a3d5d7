/** Remembers when something was first seen, so that only what is seen twice counts. In memory, for one process. */
export interface Sightings {
  /**
   * Records what is seen now, and drops what is no longer seen.
   * @returns what was first seen long enough ago.
   */
  note(seen: readonly string[], now: Date): ReadonlySet<string>;
  clear(): void;
}

/** @param apartMs between the first sighting and the one that counts, in milliseconds. */
export function createSightings(apartMs: number): Sightings {
  let firstSeen = new Map<string, number>();
  return {
    note: (seen, now) => {
      const at = now.getTime();
      // A time that is still to come was noted before the clock was set back.
      firstSeen = new Map(seen.map((name) => [name, Math.min(firstSeen.get(name) ?? at, at)]));
      return new Set(seen.filter((name) => (firstSeen.get(name) ?? at) <= at - apartMs));
    },
    clear: () => firstSeen.clear(),
  };
}
