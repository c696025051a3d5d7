import { hostName, isWorkerGone } from "../adapters/engine/process/index.ts";
import type { AttemptDeps } from "../dependencies.ts";
import { AppError } from "../errors/app-error.ts";
import { type Job, localOwner } from "../jobs/job.ts";
import { defaultLeaseMs } from "../jobs/leases.ts";
import { getJob, moveJob } from "../jobs/manage-job.ts";
import { isTerminal } from "../jobs/states.ts";
import { defaultMaintenanceOptions, releaseLostWorkers } from "../maintenance/index.ts";
import type { AttemptLimits } from "../pipeline/limits.ts";
import type { AttemptReuse } from "../pipeline/reuse-result.ts";
import { runAttempt } from "../pipeline/run-attempt.ts";
import type { JobId } from "../runtime/ids.ts";
import type { SharedLock } from "./shared-lock.ts";

/** Makes a job runnable now. A caller that restarts a download may have fixed the cause of its failure, so the backoff is skipped. */
export async function startAgain(deps: AttemptDeps, { id, state, nextAttemptAt }: Job): Promise<void> {
  if (state === "failed" || state === "canceled") await moveJob(deps, id, localOwner, "retry");
  const isBetweenTries = state === "queued" && nextAttemptAt !== null;
  if (isBetweenTries) await moveJob(deps, id, localOwner, "pause");
  // `paused` is also left by a process that ended between the two.
  if (isBetweenTries || state === "paused") await moveJob(deps, id, localOwner, "resume");
}

/** Runs the attempts of one job in this process until it is over. */
export async function runToEnd(
  deps: AttemptDeps,
  id: JobId,
  options: {
    readonly worker: string;
    readonly attempts: SharedLock;
    readonly limits: AttemptLimits;
    readonly reuse: AttemptReuse;
    readonly signal: AbortSignal;
    readonly maxWaitMs: number;
  },
): Promise<Job> {
  const host = hostName();
  for (;;) {
    const job = await getJob(deps, id, localOwner);
    if (isTerminal(job.state)) return job;
    options.signal.throwIfAborted();
    if (job.state === "running" && job.worker !== null && isWorkerGone(job.worker)) {
      await deps.database.leases.expire([job.worker]);
      await releaseLostWorkers(deps, defaultMaintenanceOptions);
      continue;
    }
    const release = await options.attempts.acquire(job.alone, options.signal);
    try {
      const claim = { worker: options.worker, host, leaseMs: defaultLeaseMs, alone: job.alone };
      const [claimed] = await deps.database.attempts.claim([id], claim);
      if (claimed !== undefined) {
        const { limits, signal, reuse } = options;
        await runAttempt(deps, claimed, { leaseMs: defaultLeaseMs, limits, retentionMs: null, signal, reuse });
        continue;
      }
    } finally {
      release();
    }
    await untilDue(deps, job, options);
  }
}

/** Waits for a job that cannot be claimed yet, a while at most. Rejects with what it waits for when that is too far away. */
async function untilDue(
  { clock }: Pick<AttemptDeps, "clock">,
  job: Job,
  options: { readonly signal: AbortSignal; readonly maxWaitMs: number },
): Promise<void> {
  const due = job.nextAttemptAt ?? job.scheduledFor;
  const pause = due === null ? 0 : due.getTime() - clock.now().getTime();
  if (pause > options.maxWaitMs) {
    const {
      code = "live_not_started",
      detail = `The download is due at ${due?.toISOString()}.`,
      hint,
    } = job.error ?? {};
    throw new AppError(code, detail, hint === undefined ? {} : { hint });
  }
  const wait = due === null ? 250 : Math.min(1_000, Math.max(50, pause));
  await clock.sleep(wait, options.signal);
}
