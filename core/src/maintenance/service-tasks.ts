import type { ServiceDeps } from "../dependencies.ts";
import { defaultLeaseMs } from "../jobs/leases.ts";
import type { SubmitPolicy } from "../jobs/submit-job.ts";
import { defaultHostPolicy } from "../sources/source-url.ts";
import type { Chore } from "./agenda.ts";
import { backfillHistory } from "./backfill-history.ts";
import { createBlobDeletions } from "./blob-deletions.ts";
import { countEnded } from "./count-ended-jobs.ts";
import { startDueJobs } from "./due-jobs.ts";
import { runDueSchedules } from "./due-schedules.ts";
import { removeExpiredEventLogs } from "./expired-event-logs.ts";
import { deleteExpiredResults } from "./expired-results.ts";
import { removeExpiredTickets } from "./expired-tickets.ts";
import { wakeJoinedJobs } from "./joined-jobs.ts";
import { type LostWorkersOptions, releaseLostWorkers } from "./lost-workers.ts";
import { removeOldBatches } from "./old-batches.ts";
import { removeOldDeliveries } from "./old-deliveries.ts";
import { forgetOldIdempotencyKeys } from "./old-idempotency-keys.ts";
import { removeOldLooks } from "./old-looks.ts";
import { createOrphanSearch, sightingsApartMs } from "./orphans/search-orphans.ts";
import { pruneRecords } from "./record-retention.ts";
import { createSharedAgenda, type SharedAgenda } from "./shared-agenda.ts";
import type { MaintenanceTask } from "./task.ts";
import { offerForgottenJobs } from "./unoffered-jobs.ts";
import { releaseUnreferencedBlobs } from "./unreferenced-blobs.ts";
import { watchUnsigned } from "./unsigned-deliveries.ts";
import { createDeliveryPump } from "./webhook-deliveries.ts";

export interface MaintenanceOptions extends LostWorkersOptions {
  /** Period of the queue tasks, in milliseconds; lost workers are noticed this long after their lease. Default: 2.5 s. */
  readonly everyMs: number;
  /** A due job that nobody claimed for this long, in milliseconds, is offered again. Default: 10 s. */
  readonly offerAfterMs: number;
  /** Period of the search for orphaned files, in milliseconds. Default: an hour. */
  readonly orphansEveryMs: number;
  /** No orphaned file is deleted when they are more than this share of all stored files. Default: 0.1. */
  readonly orphanMaxShare: number;
  /** How long the end of a job stays in the history, in milliseconds; null: for ever. Default: null. */
  readonly historyMs: number | null;
  /** How long an entry stays in the audit log, in milliseconds. Default: a year. */
  readonly auditMs: number;
  /** How long a batch that is over is kept without a job, in milliseconds. Default: 30 days. */
  readonly batchesMs: number;
  /** How long deliveries of webhooks are kept after their end, in milliseconds. Default: a week. */
  readonly webhookLogMs: number;
  /** What the jobs of schedules may be. Default: videos of YouTube. */
  readonly submit: SubmitPolicy;
}

export const defaultMaintenanceOptions: MaintenanceOptions = {
  leaseMs: defaultLeaseMs,
  maxLostWorkers: 3,
  batch: 200,
  everyMs: 2_500,
  offerAfterMs: 10_000,
  orphansEveryMs: 3_600_000,
  orphanMaxShare: 0.1,
  historyMs: null,
  auditMs: 365 * 86_400_000,
  batchesMs: 30 * 86_400_000,
  webhookLogMs: 7 * 86_400_000,
  submit: { hosts: defaultHostPolicy, maxAttempts: 3 },
};

/** Longest period of checking the storage's mark, in milliseconds: health must not be an hour out of date. */
const longestMarkEveryMs = 60_000;

/** Answers are kept for a day: some minutes more are of no importance. */
const oldIdempotencyKeysEveryMs = 600_000;
/** Period of looking for jobs that ended before the history was kept, in milliseconds. */
const backfillEveryMs = 600_000;
/** Period of the tasks `record-retention` and `old-batches`, in milliseconds: a record stays at most this much longer than it has to. */
const pruneEveryMs = 300_000;
const ticketsEveryMs = 60_000;
const looksEveryMs = 60_000;
const eventLogsEveryMs = 60_000;
/** Deliveries wait no longer than this when nothing else delays them. */
const deliveriesEveryMs = 1_000;
/** Period of counting deliveries that cannot be sent, in milliseconds. */
const backlogEveryMs = 15_000;

/** Tasks go by what is known to be due when it is not older than this part of their period. */
const agendaShare = 0.5;

/** Budget of tasks that run a few statements only. */
const quickMs = 60_000;
/** A search lists the whole storage. */
const orphansBudgetMs = 6 * 3_600_000;

/**
 * The maintenance tasks of the service, each led by one process at a time. They repair what crashes and lost messages leave.
 * @param agenda what there is to do, as the process knows it
 */
export function serviceTasks(
  deps: ServiceDeps,
  options: MaintenanceOptions,
  agenda: SharedAgenda = createSharedAgenda(deps, options.offerAfterMs),
): readonly MaintenanceTask[] {
  const { everyMs, batch, orphansEveryMs } = options;
  const orphans = createOrphanSearch(deps, {
    maxShare: options.orphanMaxShare,
    apartMs: sightingsApartMs(orphansEveryMs),
  });
  const deletions = createBlobDeletions(deps, orphans.storage, batch);
  const leasesEveryMs = Math.min(everyMs, options.leaseMs / 8);
  /** A task that is led by one process, and runs when there is something to do. */
  const whenDue = (
    chore: Chore,
    run: MaintenanceTask["run"],
    { everyMs = options.everyMs, ...more }: Partial<MaintenanceTask> = {},
  ): MaintenanceTask => ({
    ...{ name: chore, oneLeader: true, everyMs, ...more },
    run: async (signal) => {
      const isDue = more.heldBack?.() != null || (await agenda.has(chore, everyMs * agendaShare));
      return isDue ? await run(signal) : undefined;
    },
  });
  return [
    whenDue("lost-workers", () => releaseLostWorkers(deps, options), {
      budgetMs: quickMs,
      // Often enough that a pause between two runs is never mistaken for an outage of the database, and without backoff.
      everyMs: leasesEveryMs,
      longestPauseMs: leasesEveryMs,
    }),
    {
      // By every process: a leader that is frozen or lost must not look like an outage of the database to the next one.
      name: "reachability",
      everyMs: leasesEveryMs,
      longestPauseMs: leasesEveryMs,
      budgetMs: quickMs,
      run: async () => {
        if (await agenda.has("lost-workers", leasesEveryMs * agendaShare))
          await deps.database.leases.markReachable(options.leaseMs);
      },
    },
    whenDue("due-jobs", () => startDueJobs(deps, batch), { budgetMs: quickMs }),
    whenDue("due-schedules", (signal) => runDueSchedules(deps, options.submit, batch, signal)),
    whenDue("unoffered-jobs", () => offerForgottenJobs(deps, options.offerAfterMs, batch), { budgetMs: quickMs }),
    whenDue("joined-jobs", () => wakeJoinedJobs(deps, batch), { budgetMs: quickMs }),
    whenDue("expired-results", (signal) => deleteExpiredResults(deps, batch, signal)),
    {
      name: "expired-tickets",
      oneLeader: true,
      everyMs: ticketsEveryMs,
      budgetMs: quickMs,
      run: () => removeExpiredTickets(deps, batch),
    },
    {
      name: "old-looks",
      oneLeader: true,
      everyMs: looksEveryMs,
      budgetMs: quickMs,
      run: (signal) => removeOldLooks(deps, batch, signal),
    },
    {
      name: "expired-event-logs",
      oneLeader: true,
      everyMs: eventLogsEveryMs,
      budgetMs: quickMs,
      run: () => removeExpiredEventLogs(deps, batch),
    },
    whenDue("blob-deletions", (signal) => deletions.run(signal), { heldBack: () => deletions.heldBack() }),
    {
      name: "old-idempotency-keys",
      oneLeader: true,
      everyMs: oldIdempotencyKeysEveryMs,
      firstAfterMs: oldIdempotencyKeysEveryMs * Math.random(),
      run: (signal) => forgetOldIdempotencyKeys(deps, batch, signal),
    },
    {
      name: "unreferenced-blobs",
      oneLeader: true,
      everyMs: orphansEveryMs,
      firstAfterMs: orphansEveryMs * Math.random(),
      run: () => releaseUnreferencedBlobs(deps, batch, orphansEveryMs),
    },
    {
      name: "storage-mark",
      oneLeader: true,
      everyMs: Math.min(longestMarkEveryMs, orphansEveryMs),
      run: () => orphans.storage.check(),
      heldBack: () => orphans.storage.heldBack(),
    },
    {
      name: "orphaned-files",
      oneLeader: true,
      budgetMs: orphansBudgetMs,
      everyMs: orphansEveryMs,
      firstAfterMs: orphansEveryMs * Math.random(),
      run: (signal) => orphans.run(signal),
      heldBack: () => orphans.heldBack(),
    },
    whenDue("statistics", (signal) => countEnded(deps, batch, signal)),
    {
      name: "history-backfill",
      oneLeader: true,
      everyMs: backfillEveryMs,
      run: (signal) => backfillHistory(deps, batch, signal),
    },
    {
      name: "record-retention",
      oneLeader: true,
      everyMs: pruneEveryMs,
      firstAfterMs: pruneEveryMs * Math.random(),
      run: (signal) => pruneRecords(deps, { ...options, batch }, signal),
    },
    {
      name: "old-batches",
      oneLeader: true,
      everyMs: pruneEveryMs,
      firstAfterMs: pruneEveryMs * Math.random(),
      run: (signal) => removeOldBatches(deps, options.batchesMs, batch, signal),
    },
    ...deliveriesTasks(deps, agenda),
    {
      name: "old-webhook-deliveries",
      oneLeader: true,
      everyMs: orphansEveryMs,
      run: (signal) => removeOldDeliveries(deps, options.webhookLogMs, batch, signal),
    },
  ];
}

/** Every process sends that may: leases of single deliveries say which. */
function deliveriesTasks(deps: ServiceDeps, agenda: SharedAgenda): readonly MaintenanceTask[] {
  const support = deps.webhookSupport;
  if (support === undefined || support.delivers === false) return [];
  const common = { name: "webhook-deliveries", budgetMs: quickMs };
  if (support.refused !== null)
    return [{ ...common, everyMs: backlogEveryMs, ...watchUnsigned(deps, support.refused) }];
  const pump = createDeliveryPump(deps, support);
  const run = async (signal: AbortSignal): Promise<void> => {
    const isDue = pump.heldBack() !== null || (await agenda.has("webhook-deliveries", deliveriesEveryMs * agendaShare));
    if (isDue) await pump.run(signal);
  };
  return [{ ...common, everyMs: deliveriesEveryMs, ...pump, run }];
}
