import { storableText } from "../../jobs/rules/storable.ts";
import type { Sightings } from "../../maintenance/orphans/sightings.ts";
import { type Decide, later, type MemoryState } from "./state.ts";

/** The sightings of things without an owner, in memory. */
export function createMemorySightings({ sightings }: MemoryState, decide: Decide): Sightings {
  const keyOf = (place: string, name: string): string => JSON.stringify([place, storableText(name)]);

  return {
    note: (place, names, { apartMs, forgottenAfterMs }) =>
      decide((now) => {
        const oldest = later(now, -forgottenAfterMs);
        const seen = new Set(names.map((name) => keyOf(place, name)));
        for (const [key, row] of sightings.entries()) {
          const isGone = row.place === place && !seen.has(key);
          if (isGone || row.seenAt < oldest) sightings.delete(key);
        }
        const counted = new Set<string>();
        for (const name of names) {
          const key = keyOf(place, name);
          // A time that is still to come was noted before the clock was set back.
          const before = sightings.get(key)?.firstSeenAt;
          const firstSeenAt = before === undefined || before > now ? now : before;
          sightings.set(key, { place, firstSeenAt, seenAt: now });
          if (firstSeenAt <= later(now, -apartMs)) counted.add(name);
        }
        return counted;
      }),

    clear: (place) =>
      decide(() => {
        for (const [key, row] of sightings.entries()) if (row.place === place) sightings.delete(key);
      }),
  };
}
