import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import type { SQLWrapper } from "drizzle-orm";
import { drizzle } from "drizzle-orm/sqlite-proxy";
import { systemClock } from "../../system/clock.ts";
import type { QueryBuilder } from "../shared/connection.ts";
import { planCases } from "../shared/fixtures/plan-cases.ts";
import { packagedMigrations } from "../shared/packaged-migrations.ts";
import { openSqlite } from "./bun.ts";
import { migrateFile } from "./client.ts";
import { createSqliteConnection } from "./connection.ts";
import type { SqliteValue } from "./driver.ts";
import { createTaskQueue } from "./task-queue.ts";

/** SQLite names the index of a primary key by itself. */
const ownNames: Readonly<Record<string, string>> = {
  jobs_pkey: "sqlite_autoindex_jobs_1",
  job_labels_job_id_name_pk: "sqlite_autoindex_job_labels_1",
  stats_pk: "sqlite_autoindex_stats_1",
  api_keys_pkey: "sqlite_autoindex_api_keys_1",
  tickets_pkey: "sqlite_autoindex_tickets_1",
  idempotency_owner_operation_key_hash_pk: "sqlite_autoindex_idempotency_1",
  outbox_kind_name_pk: "sqlite_autoindex_outbox_1",
  webhook_deliveries_pkey: "sqlite_autoindex_webhook_deliveries_1",
  job_search_grams: "VIRTUAL TABLE INDEX",
};

// SQLite plans by its rules and not by figures until somebody runs ANALYZE, so that empty tables tell the truth.
describe("plans on SQLite", () => {
  const driver = openSqlite(":memory:");
  const db = drizzle(async () => ({ rows: [] })) as unknown as QueryBuilder;
  const connection = createSqliteConnection(driver, driver, createTaskQueue(), systemClock);
  beforeAll(() => migrateFile(driver, packagedMigrations("sqlite")));
  afterAll(() => driver.close());

  const explain = (query: SQLWrapper): string => {
    const { sql, params } = (query as SQLWrapper & { toSQL(): { sql: string; params: SqliteValue[] } }).toSQL();
    return driver
      .rows(`explain query plan ${sql}`, params)
      .map((row) => String(row[3]))
      .join("\n");
  };

  for (const { title, index, andIndex = index, build } of planCases) {
    test(`${title} walks ${index}`, () => {
      const plan = explain(build(db, connection));
      expect(plan).toContain(ownNames[index] ?? index);
      expect(plan).toContain(ownNames[andIndex] ?? andIndex);
      expect(plan).not.toMatch(
        /SCAN (jobs|job_labels|job_search_rows|schedules|webhooks|webhook_deliveries|history|stats|audit_log|api_keys|tickets|idempotency|outbox)$|VIRTUAL TABLE INDEX 0:$/m,
      );
    });
  }
});
