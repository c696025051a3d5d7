import type { ServiceDeps } from "../dependencies.ts";
import { runEach, throwFirst } from "./run-each.ts";

/** How long records are kept; null: for ever. */
export interface RecordRetention {
  readonly historyMs: number | null;
  readonly auditMs: number;
  /** Most rows of a statement. */
  readonly batch: number;
}

/** A worker that ended is shown for this long, in milliseconds. */
const workersMs = 600_000;

/** Deletes what was kept long enough: ends of jobs, entries of the audit log, workers that are gone, and slots that they held. */
export async function pruneRecords(
  { database }: Pick<ServiceDeps, "database">,
  { historyMs, auditMs, batch }: RecordRetention,
  signal?: AbortSignal,
): Promise<void> {
  const inBatches = async (prune: () => Promise<number>): Promise<void> => {
    for (let deleted = batch; deleted === batch; ) {
      signal?.throwIfAborted();
      deleted = await prune();
    }
  };
  const prunes = [
    ...(historyMs === null ? [] : [() => inBatches(() => database.history.prune(historyMs, batch))]),
    () => inBatches(() => database.audit.prune(auditMs, batch)),
    () => database.workers.prune(workersMs),
    () => database.slots.removeExpired(),
  ];
  throwFirst(await runEach(prunes, async (prune) => await prune()));
}
