/** Remembers what was seen, so that only what was seen twice counts. Known to one process alone. */
export interface Sightings {
  /**
   * Notes what is seen now, and forgets what is not seen any more.
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
      firstSeen = new Map(seen.map((name) => [name, firstSeen.get(name) ?? at]));
      return new Set(seen.filter((name) => (firstSeen.get(name) ?? at) <= at - apartMs));
    },
    clear: () => firstSeen.clear(),
  };
}
