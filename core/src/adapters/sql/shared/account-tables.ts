import { sql } from "drizzle-orm";
import type { KeyScope, Scope } from "../../../accounts/scopes.ts";
import type { KeyId } from "../../../runtime/ids.ts";
import type { ColumnKit } from "./column-kit.ts";

/** The tables of keys, tickets and accounts. */
export function accountTables(kit: ColumnKit) {
  const apiKeys = kit.table(
    "api_keys",
    {
      id: kit.text("id").$type<KeyId>().primaryKey(),
      name: kit.text("name").notNull(),
      owner: kit.text("owner").notNull(),
      scopes: kit.json<readonly KeyScope[]>("scopes").notNull(),
      hash: kit.text("hash").notNull(),
      lastFour: kit.text("last_four").notNull(),
      previousHash: kit.text("previous_hash"),
      previousUntil: kit.time("previous_until"),
      allowedOrigins: kit.json<readonly string[]>("allowed_origins").notNull().default(sql`'[]'`),
      allowedCidrs: kit.json<readonly string[]>("allowed_cidrs").notNull().default(sql`'[]'`),
      createdAt: kit.time("created_at").notNull(),
      expiresAt: kit.time("expires_at"),
      lastUsedAt: kit.time("last_used_at"),
      revokedAt: kit.time("revoked_at"),
    },
    (table) => [
      kit.uniqueIndex("api_keys_hash").on(table.hash),
      kit.uniqueIndex("api_keys_previous_hash").on(table.previousHash),
    ],
  );
  /** Owners that were limited once; null: no limit. A row is locked while something is counted against its limits. */
  const accounts = kit.table("accounts", {
    owner: kit.text("owner").primaryKey(),
    runningJobs: kit.integer("running_jobs"),
    queuedJobs: kit.integer("queued_jobs"),
    jobsPerDay: kit.integer("jobs_per_day"),
    bytesPerMonth: kit.bytes("bytes_per_month"),
    storedBytes: kit.bytes("stored_bytes"),
    requestsPerMinute: kit.integer("requests_per_minute"),
    probes: kit.integer("probes"),
    streams: kit.integer("streams"),
    weight: kit.integer("weight").notNull().default(1),
    createdAt: kit.time("created_at").notNull(),
    updatedAt: kit.time("updated_at").notNull(),
  });
  /** How many jobs of an owner with an account were accepted in a day, also of those that were deleted since. */
  const accountUsage = kit.table(
    "account_usage",
    {
      owner: kit.text("owner").notNull(),
      /** In UTC, `2026-11-26`. */
      day: kit.text("day").notNull(),
      jobs: kit.integer("jobs").notNull(),
    },
    (table) => [kit.primaryKey({ columns: [table.owner, table.day] })],
  );
  /** What a process holds of an owner's probes and streams at once, until its lease ends. */
  const accountSlots = kit.table(
    "account_slots",
    {
      owner: kit.text("owner").notNull(),
      kind: kit.text("kind").$type<"probes" | "streams">().notNull(),
      holder: kit.text("holder").notNull(),
      held: kit.integer("held").notNull(),
      leaseUntil: kit.time("lease_until").notNull(),
    },
    (table) => [kit.primaryKey({ columns: [table.owner, table.kind, table.holder] })],
  );
  /** Open a stream once in the place of a key; see `Tickets`. */
  const tickets = kit.table(
    "tickets",
    {
      hash: kit.text("hash").primaryKey(),
      owner: kit.text("owner").notNull(),
      scopes: kit.json<readonly Scope[]>("scopes").notNull(),
      keyId: kit.text("key_id").$type<KeyId>(),
      secretHash: kit.text("secret_hash"),
      expiresAt: kit.time("expires_at").notNull(),
    },
    (table) => [kit.index("tickets_expiry").on(table.expiresAt)],
  );
  return { apiKeys, accounts, accountUsage, accountSlots, tickets };
}
