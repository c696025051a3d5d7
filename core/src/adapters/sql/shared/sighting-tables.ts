import type { ColumnKit } from "./column-kit.ts";

/** The table of things without an owner, in the storage and in work folders; see `Sightings`. */
export function sightingTables(kit: ColumnKit) {
  const orphanSightings = kit.table(
    "orphan_sightings",
    {
      place: kit.text("place").notNull(),
      name: kit.text("name").notNull(),
      firstSeenAt: kit.time("first_seen_at").notNull(),
      seenAt: kit.time("seen_at").notNull(),
    },
    (table) => [kit.primaryKey({ columns: [table.place, table.name] })],
  );
  return { orphanSightings };
}
