import { and, eq, gt, lt, lte, or, sql } from "drizzle-orm";
import { storableText } from "../../../jobs/rules/storable.ts";
import type { Sightings } from "../../../maintenance/orphans/sightings.ts";
import type { OpenConnection } from "./connection.ts";
import { inParts } from "./in-parts.ts";

/** The sightings of things without an owner over SQL: one implementation for both dialects. */
export function createSqlSightings(open: OpenConnection): Sightings {
  return {
    note: async (place, names, { apartMs, forgottenAfterMs }) => {
      const { schema, time, read, write } = await open();
      const { orphanSightings: sightings } = schema;
      const now = time.now();
      const isTooOld = lt(sightings.seenAt, time.plus(now, -forgottenAfterMs));
      const begun = sql`${now}`.mapWith(sightings.seenAt);
      const [start] = await read((db) => db.select({ begun }).from(schema.deployment).limit(1));
      const byStored = new Map(names.map((name) => [storableText(name), name]));
      for (const part of inParts([...byStored.keys()])) {
        const rows = part.map((name) => ({ place, name, firstSeenAt: now, seenAt: now }));
        // A time that is still to come was noted before the clock was set back.
        const isAnew = or(isTooOld, gt(sightings.firstSeenAt, now));
        const firstSeenAt = sql`case when ${isAnew} then ${now} else ${sightings.firstSeenAt} end`;
        await write((db) =>
          db
            .insert(sightings)
            .values(rows)
            .onConflictDoUpdate({ target: [sightings.place, sightings.name], set: { firstSeenAt, seenAt: now } })
            .returning({ name: sightings.name }),
        );
      }
      // Each of this place that this sighting has not touched.
      const isGone = start === undefined ? undefined : or(lt(sightings.seenAt, start.begun), gt(sightings.seenAt, now));
      await write((db) =>
        db
          .delete(sightings)
          .where(or(isTooOld, and(eq(sightings.place, place), isGone)))
          .returning({ name: sightings.name }),
      );
      const counted = await read((db) =>
        db
          .select({ name: sightings.name })
          .from(sightings)
          .where(and(eq(sightings.place, place), lte(sightings.firstSeenAt, time.plus(now, -apartMs)))),
      );
      return new Set(counted.flatMap(({ name }) => byStored.get(name) ?? []));
    },

    clear: async (place) => {
      const { schema, write } = await open();
      const { orphanSightings: sightings } = schema;
      await write((db) => db.delete(sightings).where(eq(sightings.place, place)).returning({ name: sightings.name }));
    },
  };
}
