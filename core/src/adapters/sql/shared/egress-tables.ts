import type { EgressCondition } from "../../../egress/condition.ts";
import type { CookiesUse } from "../../../egress/egress.ts";
import type { EgressId } from "../../../runtime/ids.ts";
import type { ColumnKit } from "./column-kit.ts";

/** The table of egresses; see `StoredEgresses`. */
export function egressTables(kit: ColumnKit) {
  const egresses = kit.table(
    "egresses",
    {
      id: kit.text("id").$type<EgressId>().primaryKey(),
      name: kit.text("name").notNull(),
      pool: kit.text("pool"),
      enabled: kit.integer("enabled").notNull(),
      /** Encrypted. */
      proxy: kit.text("proxy"),
      /** Encrypted. */
      cookies: kit.text("cookies"),
      /** Counts the texts of cookies. */
      cookiesVersion: kit.integer("cookies_version").notNull(),
      cookiesCheckedAt: kit.time("cookies_checked_at"),
      /** 1: valid, 0: not; null: unknown. */
      cookiesValid: kit.integer("cookies_valid"),
      cookiesUse: kit.text("cookies_use").$type<CookiesUse>().notNull(),
      resolvesPerHour: kit.integer("resolves_per_hour"),
      spacingMs: kit.integer("spacing_ms").notNull(),
      hosts: kit.json<readonly string[]>("hosts").notNull(),
      condition: kit.json<EgressCondition>("condition").notNull(),
      /** Counts the conditions: whoever writes one names the one that it read. */
      version: kit.integer("version").notNull(),
      createdAt: kit.time("created_at").notNull(),
      updatedAt: kit.time("updated_at").notNull(),
    },
    (table) => [kit.uniqueIndex("egresses_name").on(table.name)],
  );
  return { egresses };
}
