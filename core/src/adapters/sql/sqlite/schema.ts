import { integer, sqliteTable, text } from "drizzle-orm/sqlite-core";
import { makeSchema } from "../shared/schema.ts";
import { sqliteKit } from "./kit.ts";

/** SQLite's tables; drizzle-kit reads them from here too. */
export const {
  jobs,
  jobLabels,
  blobs,
  artifacts,
  outbox,
  apiKeys,
  accounts,
  accountUsage,
  accountSlots,
  tickets,
  idempotency,
  deployment,
  pulse,
  dispatchTurns,
  maintenanceTasks,
  history,
  stats,
  statsProgress,
  auditLog,
  workers,
  engineChoice,
  webhooks,
  webhookSecrets,
  webhookDeliveries,
  batches,
  batchEntries,
  schedules,
  scheduleArchive,
  egresses,
  looks,
  orphanSightings,
} = makeSchema(sqliteKit);

/**
 * The place of a job in the full-text index, which knows documents by number alone. Triggers keep both up to date; see
 * the migration `search`.
 */
export const jobSearchRows = sqliteTable("job_search_rows", {
  place: integer("place").primaryKey(),
  jobId: text("job_id").notNull().unique(),
});
