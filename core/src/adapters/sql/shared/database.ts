import { asc } from "drizzle-orm";
import type { Database, Repositories } from "../../../database/database.ts";
import { type TransactionWatch, watchTransaction } from "../../../database/transaction-watch.ts";
import { AppError } from "../../../errors/app-error.ts";
import type { Jobs } from "../../../jobs/jobs.ts";
import { createSqlAccounts } from "./accounts.ts";
import { createSqlAgenda } from "./agenda.ts";
import { createSqlAnswers } from "./answers.ts";
import { createSqlArtifacts } from "./artifacts.ts";
import { createSqlAttempts } from "./attempts.ts";
import { createSqlAudit } from "./audit.ts";
import { createSqlBatches } from "./batches.ts";
import { createSqlBlobs } from "./blobs.ts";
import type { OpenConnection, QueryBuilder, SqlClient, SqlConnection } from "./connection.ts";
import { createSqlDeliveries } from "./deliveries.ts";
import { createSqlDispatch } from "./dispatch.ts";
import { createSqlEgresses } from "./egresses.ts";
import { createSqlEngineChoices } from "./engine-choices.ts";
import { createSqlHistory } from "./history.ts";
import { batchedCreate, createSqlJobs, singleCreate } from "./jobs.ts";
import { createSqlKeys } from "./keys.ts";
import { createSqlLeases } from "./leases.ts";
import { createSqlLooks } from "./looks.ts";
import { createSqlOutbox } from "./outbox.ts";
import { createSqlQueueStates } from "./queue-state.ts";
import { createSqlReuse } from "./reuse.ts";
import { createSqlSchedules } from "./schedules.ts";
import { createSqlSightings } from "./sightings.ts";
import { createSqlSlots } from "./slots.ts";
import { createSqlStats } from "./stats.ts";
import { createSqlTaskLeases } from "./task-leases.ts";
import { createSqlTickets } from "./tickets.ts";
import { createSqlWebhooks } from "./webhooks.ts";
import { createSqlWorkers } from "./workers.ts";

/** The database over SQL: one implementation for both dialects. */
export function createSqlDatabase(client: SqlClient): Database {
  return {
    ...createRepositories(client.connection, batchedCreate(client.connection)),

    transaction: async (run) => {
      const connection = await client.connection();
      return await connection.transaction((db) => {
        const watch = watchTransaction();
        const open = async () => within(connection, db, watch);
        return watch.whole(() => run(createRepositories(open, singleCreate(open))));
      });
    },

    deployment: async () => {
      const { schema, read } = await client.connection();
      const [row] = await read((db) =>
        db.select().from(schema.deployment).orderBy(asc(schema.deployment.createdAt)).limit(1),
      );
      if (row !== undefined) return row;
      throw new AppError("unavailable", "The database does not say which deployment it belongs to.", {
        hint: "Its table `deployment` has lost its row: restore it from a backup.",
      });
    },

    check: (signal) => client.check(signal),
    close: () => client.close(),
  };
}

function createRepositories(open: OpenConnection, create: Jobs["create"]): Repositories {
  return {
    jobs: createSqlJobs(open, create),
    attempts: createSqlAttempts(open),
    leases: createSqlLeases(open),
    dispatch: createSqlDispatch(open),
    artifacts: createSqlArtifacts(open),
    blobs: createSqlBlobs(open),
    keys: createSqlKeys(open),
    accounts: createSqlAccounts(open),
    slots: createSqlSlots(open),
    tickets: createSqlTickets(open),
    outbox: createSqlOutbox(open),
    taskLeases: createSqlTaskLeases(open),
    agenda: createSqlAgenda(open),
    webhooks: createSqlWebhooks(open),
    deliveries: createSqlDeliveries(open),
    egresses: createSqlEgresses(open),
    looks: createSqlLooks(open),
    sightings: createSqlSightings(open),
    audit: createSqlAudit(open),
    history: createSqlHistory(open),
    stats: createSqlStats(open),
    workers: createSqlWorkers(open),
    engineChoices: createSqlEngineChoices(open),
    queueStates: createSqlQueueStates(open),
    answers: createSqlAnswers(open),
    batches: createSqlBatches(open),
    reuse: createSqlReuse(open),
    schedules: createSqlSchedules(open),
  };
}

/** The connection as the repositories of a transaction see it: all that they run is part of it. */
function within(connection: SqlConnection, db: QueryBuilder, watch: TransactionWatch): SqlConnection {
  const statement = <T>(run: (db: QueryBuilder) => Promise<T>): Promise<T> => watch.statement(() => run(db));
  return { ...connection, read: statement, write: statement, transaction: statement };
}
