import { accountTables } from "./account-tables.ts";
import { answerTables } from "./answer-tables.ts";
import { auditTables } from "./audit-tables.ts";
import { batchTables } from "./batch-tables.ts";
import type { ColumnKit } from "./column-kit.ts";
import { egressTables } from "./egress-tables.ts";
import { engineTables } from "./engine-tables.ts";
import { jobTables } from "./job-tables.ts";
import { libraryTables } from "./library-tables.ts";
import { lookTables } from "./look-tables.ts";
import { processTables } from "./process-tables.ts";
import { scheduleTables } from "./schedule-tables.ts";
import { sightingTables } from "./sighting-tables.ts";
import { statsTables } from "./stats-tables.ts";
import { webhookTables } from "./webhook-tables.ts";

/** The tables, written once for both dialects; those of a feature have a file of their own. */
export function makeSchema(kit: ColumnKit) {
  const { jobs, jobLabels } = jobTables(kit);
  return {
    jobs,
    jobLabels,
    ...libraryTables(kit, jobs),
    ...accountTables(kit),
    ...answerTables(kit),
    ...processTables(kit),
    ...engineTables(kit),
    ...statsTables(kit),
    ...auditTables(kit),
    ...webhookTables(kit),
    ...batchTables(kit),
    ...scheduleTables(kit),
    ...egressTables(kit),
    ...lookTables(kit),
    ...sightingTables(kit),
  };
}

/** The tables of one dialect. PostgreSQL's types stand for both. */
export type Schema = ReturnType<typeof makeSchema>;
/** A row of `jobs` as it is read. */
export type JobRow = Schema["jobs"]["$inferSelect"];
