import {
  type Actor,
  type Batch,
  type BatchCursor,
  type BatchEntry,
  type BatchId,
  type BatchQuery,
  type BatchRequest,
  cancelBatch,
  createBatch,
  followBatch,
  getBatch,
  type Job,
  type LoggedEvent,
  type Once,
  placeOf,
  removeBatch,
  retryBatch,
  runOnce,
  type ServiceDeps,
  type SubmitPolicy,
  type Written,
} from "@vidferry/core";

/** What a client asks to be made of several links, after validation. */
export interface BatchCommand {
  readonly owner: string;
  readonly request: BatchRequest;
  readonly requestId: string;
}

/** What the API needs for batches. Rejects as `ApiService` does. */
export interface BatchService {
  /** Throws `unsupported_url`, `host_not_allowed`, `not_configured`, `invalid_request`. */
  create(command: BatchCommand, once: Once<Batch> | null): Promise<Written<Batch>>;
  /** Throws `not_found`, also for batches of other owners. */
  get(id: BatchId, owner: string): Promise<Batch>;
  /** A page, newest first; `next` is null on the last one. */
  list(query: BatchQuery): Promise<{ readonly batches: readonly Batch[]; readonly next: BatchCursor | null }>;
  /** What no job was made of, in the order of the list, after a place. Throws `not_found`. */
  skipped(id: BatchId, owner: string, limit: number, after?: number): Promise<readonly BatchEntry[]>;
  /** Throws `not_found`, `invalid_state`. */
  cancel(id: BatchId, owner: string, by: Actor, once: Once<Batch> | null): Promise<Written<Batch>>;
  /** Throws `not_found`, `invalid_state`, `quota_exceeded`. */
  retry(id: BatchId, owner: string, once: Once<Batch> | null): Promise<Written<Batch>>;
  /** Throws `not_found`. */
  remove(id: BatchId, owner: string, by: Actor): Promise<void>;
  /** The events of the batch and its jobs; see `followBatch`. */
  follow(
    id: BatchId,
    owner: string,
    options: { readonly lastEventId: string | null; readonly signal: AbortSignal },
  ): AsyncIterable<LoggedEvent>;
  /** Its jobs that have files, newest first, page by page. */
  jobsWithFiles(id: BatchId, owner: string): AsyncIterable<Job>;
}

/** Longer than a change of a whole batch may take, in milliseconds. */
const holdMs = 600_000;
const jobsAtOnce = 100;

/** Implements {@link BatchService} with core's use cases. */
export function createBatchService(deps: ServiceDeps, policy: SubmitPolicy): BatchService {
  return {
    create: (command, once) => createBatch(deps, policy, command, once),
    get: (id, owner) => getBatch(deps, id, owner),
    list: async (query) => {
      // One more than requested shows whether there is a next page.
      const rows = await deps.database.batches.list({ ...query, limit: query.limit + 1 });
      const batches = rows.slice(0, query.limit);
      const last = batches.at(-1);
      return { batches, next: rows.length > query.limit && last ? { createdAt: last.createdAt, id: last.id } : null };
    },
    skipped: async (id, owner, limit, after) => {
      await getBatch(deps, id, owner);
      return await deps.database.batches.skipped(id, limit, after);
    },
    cancel: (id, owner, by, once) => runOnce(deps, once, holdMs, () => cancelBatch(deps, id, owner, by)),
    retry: (id, owner, once) => runOnce(deps, once, holdMs, () => retryBatch(deps, id, owner)),
    remove: (id, owner, by) => removeBatch(deps, id, owner, by),
    follow: (id, owner, options) => followBatch(deps, id, owner, options),
    jobsWithFiles: async function* (id, owner) {
      const query = { owner, batchId: id, states: ["succeeded"], limit: jobsAtOnce } as const;
      for (let last: Job | undefined; ; ) {
        const after = last && placeOf(last, query);
        const page = await deps.database.jobs.list({ ...query, ...(after && { after }) });
        for (const job of page) if (job.artifacts.length > 0) yield job;
        last = page.at(-1);
        if (last === undefined || page.length < jobsAtOnce) return;
      }
    },
  };
}
