import { customType, index, PgSchema, pgTable, text } from "drizzle-orm/pg-core";
import { postgresKit } from "../shared/column-kit.ts";
import { makeSchema, type Schema } from "../shared/schema.ts";

/** PostgreSQL's tables without a schema's name; drizzle-kit makes the migrations from them, which run in any schema. */
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
  webhooks,
  webhookSecrets,
  webhookDeliveries,
} = makeSchema(postgresKit);

const tsvector = customType<{ data: string }>({ dataType: () => "tsvector" });

/**
 * What a job is found by. A table beside `jobs`, so that heartbeats write nothing to its index, which costs more than all
 * the others. Triggers keep it up to date; see the migration `search`.
 */
export const jobSearch = pgTable(
  "job_search",
  {
    jobId: text("job_id")
      .primaryKey()
      .references(() => jobs.id, { onDelete: "cascade" }),
    grams: tsvector("grams").notNull(),
  },
  (table) => [index("job_search_grams").using("gin", table.grams)],
);

/** The tables in this schema. Queries name it, so that they depend on no `search_path`, which poolers do not keep. */
export function tablesIn(schemaName: string): Schema {
  // Drizzle's types keep the name of the schema, which is of no interest here.
  const table = new PgSchema(schemaName).table as unknown as typeof postgresKit.table;
  return makeSchema({ ...postgresKit, table });
}
