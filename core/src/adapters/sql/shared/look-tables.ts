import type { ColumnKit } from "./column-kit.ts";

/** The table of what was found at links lately; see `KeptLooks`. */
export function lookTables(kit: ColumnKit) {
  const looks = kit.table(
    "looks",
    {
      key: kit.text("key").notNull(),
      shelf: kit.text("shelf").notNull(),
      owner: kit.text("owner").notNull(),
      egress: kit.text("egress").notNull(),
      /** Encrypted. */
      sealed: kit.text("sealed").notNull(),
      madeAt: kit.time("made_at").notNull(),
      keptUntil: kit.time("kept_until").notNull(),
    },
    (table) => [
      kit.primaryKey({ columns: [table.key, table.shelf] }),
      kit.index("looks_newest").on(table.madeAt),
      kit.index("looks_owner").on(table.owner),
    ],
  );
  return { looks };
}
