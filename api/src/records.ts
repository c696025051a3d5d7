import {
  type Actor,
  AppError,
  type AuditEntry,
  type AuditQuery,
  type EndedJob,
  type EngineChoice,
  type HistoryQuery,
  type Job,
  type JobCursor,
  type LogLevel,
  type Once,
  type QueueState,
  type Repositories,
  type ServiceDeps,
  type StatsAnswer,
  type StatsQuery,
  type WorkerId,
  type WorkerRecord,
  type Written,
  workerGoneAfterMs,
  writeOnce,
} from "@vidferry/core";

/** What the API reads of the service's records: figures, history, who did what, and the workers. */
export interface Records {
  stats(query: StatsQuery): Promise<StatsAnswer>;
  /** A page, the latest end first. */
  history(query: HistoryQuery): Promise<readonly EndedJob[]>;
  /** A page, newest first. */
  audit(query: AuditQuery): Promise<readonly AuditEntry[]>;
  /** Which yt-dlp attempts are run with. */
  engines(): Promise<EngineChoice>;
  /** What is stored, and how long it is kept. */
  storage(): Promise<StoredResults>;
  /** What waits, and for what. */
  queue(): Promise<QueueState>;
  /** A page of the jobs that lost too many workers, newest first. */
  deadLetters(query: { readonly after?: JobCursor; readonly limit: number }): Promise<readonly Job[]>;
  /** Every worker process, the newest first. */
  workers(): Promise<readonly WorkerRecord[]>;
  /** Tells every process of the service how much to log; null: what each was configured with. */
  setLogLevel(level: LogLevel | null, by: Actor): Promise<void>;
  /** Asks a worker to drain. Throws `not_found`, or `invalid_state` when nobody can tell it to. */
  drainWorker(id: WorkerId, by: Actor, once: Once<WorkerRecord> | null): Promise<Written<WorkerRecord>>;
}

/** All results that are kept. */
export interface StoredResults {
  readonly bytes: number;
  readonly files: number;
  /** Null: until they are deleted. */
  readonly retentionMs: number | null;
}

/** Queued jobs that are looked at: enough to know that there are far too many. */
const mostQueued = 100_000;

/** Implements {@link Records} over the store. */
export function createRecords(
  deps: Pick<ServiceDeps, "database" | "ids" | "clock" | "signals">,
  retentionMs: number | null,
): Records {
  const { database } = deps;
  return {
    workers: () => database.workers.list(workerGoneAfterMs),
    engines: async () => (await database.engineChoices.read()).choice,
    storage: async () => {
      const [bytes, files] = await Promise.all([database.blobs.storedBytes(), database.blobs.count()]);
      return { bytes, files, retentionMs };
    },
    queue: () => database.queueStates.read(mostQueued),
    deadLetters: (query) => database.queueStates.deadLetters(query),
    stats: (query) => database.stats.read(query),
    history: (query) => database.history.list(query),
    audit: (query) => database.audit.list(query),
    setLogLevel: async (level, by) => {
      await database.audit.add({ action: "log_level.changed", by, subject: null, owner: null, detail: { level } });
      await deps.signals.send({ type: "log-level", level });
    },
    drainWorker: (id, by, once) => writeOnce(deps, once, (tx) => drain(tx, id, by)),
  };
}

async function drain(tx: Repositories, id: WorkerId, by: Actor): Promise<WorkerRecord> {
  const outcome = await tx.workers.drain(id, workerGoneAfterMs);
  if (outcome === "gone") throw new AppError("invalid_state", `The worker ${id} is gone.`);
  if (outcome === "not_standalone") {
    throw new AppError("invalid_state", `The worker ${id} shares its process with the API.`, {
      hint: "Stop its process with SIGTERM.",
    });
  }
  const worker = (await tx.workers.list(workerGoneAfterMs)).find((candidate) => candidate.id === id);
  if (outcome === "not_found" || worker === undefined) throw new AppError("not_found", `There is no worker ${id}.`);
  await tx.audit.add({ action: "worker.drained", by, subject: id, owner: null });
  return worker;
}
