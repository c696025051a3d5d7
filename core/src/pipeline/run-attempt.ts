import type { AttemptDeps } from "../dependencies.ts";
import { directEgressName, NoEgressNow } from "../egress/egresses.ts";
import { withEgress } from "../egress/with-egress.ts";
import { AppError, toAppError } from "../errors/app-error.ts";
import type { ErrorCode } from "../errors/codes.ts";
import { announceMove } from "../jobs/announce.ts";
import type { EngineVersions, Job } from "../jobs/job.ts";
import { identityOf, reuseKeyOf } from "../library/reuse-key.ts";
import { unlessAborted } from "../runtime/unless-aborted.ts";
import type { Note } from "../telemetry/telemetry.ts";
import { announceStages } from "./announce-stages.ts";
import type { Attempt } from "./attempt.ts";
import {
  type AttemptEnd,
  discardUnnamed,
  handBack,
  leaveFolder,
  recordFailure,
  tidy,
  tidyElsewhere,
  waitForEgress,
} from "./attempt-end.ts";
import { createEndWriter } from "./end-writer.ts";
import { keptOutputs } from "./kept-outputs.ts";
import { type AttemptLease, AttemptStopped, holdLease } from "./lease.ts";
import { type AttemptLimits, watchLimits } from "./limits.ts";
import { planAttempt } from "./plan.ts";
import { type AttemptProgress, trackProgress } from "./progress.ts";
import { type AttemptReuse, handOn, spareAttempt } from "./reuse-result.ts";
import { createRunner } from "./runner.ts";
import { resolve } from "./steps/resolve.ts";
import type { WorkFolder } from "./work-folders.ts";

export interface AttemptOptions {
  readonly leaseMs: number;
  readonly limits: AttemptLimits;
  /** How long results are kept; null: until deleted. */
  readonly retentionMs: number | null;
  /** Absent: each attempt does its work itself. */
  readonly reuse?: AttemptReuse;
  /** Aborts when the process drains; the job is then requeued without counting an attempt. */
  readonly signal: AbortSignal;
  /** Aborts when the attempt should end early and keep its result so far; absent: never. */
  readonly finish?: AbortSignal;
}

/** Progress of an attempt after resolving, in percent; the amount of work is only known then. */
const resolvedPercent = 2;

/**
 * Runs one claimed attempt to its end and writes how it ended, fenced by the attempt's number. Never rejects because of
 * the job; rejects only when the store stays unavailable until the process ends, or refuses the write; then the lease expires
 * and maintenance takes over.
 *
 * Cleans up first, then writes, and announces only what was written: a client that reacts to the end of an attempt never
 * collides with remains of it.
 */
export async function runAttempt(services: AttemptDeps, job: Job, options: AttemptOptions): Promise<void> {
  const { id: jobId, attempt, requestId, traceparent, startedAt } = job;
  const dueAt = job.scheduledFor ?? job.createdAt;
  const isFirst = attempt === 1 && startedAt !== null;
  const waitedSeconds = isFirst ? Math.max(0, startedAt.getTime() - dueAt.getTime()) / 1000 : null;
  const begun = { jobId, attempt, requestId, traceparent, waitedSeconds };
  await services.telemetry.during("attempt", begun, (note) => tryJob(services, job, options, note));
}

async function tryJob(services: AttemptDeps, job: Job, options: AttemptOptions, note: Note<"attempt">): Promise<void> {
  const request = job.requestId === null ? {} : { requestId: job.requestId };
  const logger = services.logger.child({ jobId: job.id, attempt: job.attempt, ...request });
  const deps = { ...services, logger };
  const stages = announceStages(deps, job);
  const lease = holdLease(deps, job, { ...options, onWritten: stages.written });
  const limits = watchLimits(deps, options.limits);
  const writer = createEndWriter(deps, { jobId: job.id, attempt: job.attempt }, options);
  const signal = AbortSignal.any([lease.signal, limits.signal]);
  let folder: WorkFolder | null = null;
  let stopTracking: () => void = () => undefined;
  const recordsLive = options.limits.recordsLive ?? false;
  const whenOver: (() => Promise<void>)[] = [];
  const end: AttemptEnd = { deps, job, folder: () => folder, writer, note, whenOver, recordsLive };
  try {
    folder = await deps.workFolders.open(job.id);
    const engine = await unlessAborted(versionsOf(deps, folder), signal);
    lease.note({ engine });
    if (engine.ytDlp !== null) note({ ytDlp: engine.ytDlp });
    if (await isSpared(end, job.reuseKey, options)) return;
    const progress = trackProgress(deps, job, lease, stages.announced);
    stopTracking = progress.end;
    const attempt = {
      ...{ deps, job, folder, limits: options.limits, extendTimeout: limits.extend },
      whenOver: (work: () => Promise<void>) => void whenOver.push(work),
    };
    const finish = options.finish ?? new AbortController().signal;
    const { url, egress: name = null } = job.request;
    const use = { url, purpose: "attempt", owner: job.owner, egress: name, signal } as const;
    const made = await withEgress(
      deps.egresses,
      use,
      async (egress) => {
        const run = () =>
          runSteps({ ...attempt, egress }, lease, {
            ...{ signal, finish, progress },
            isSpared: (key) => isSpared(end, key, options),
          });
        try {
          return await run();
        } catch (error) {
          if (!(error instanceof KeptLinksRefused) || signal.aborted) throw error;
          logger.info("links that were found before are refused; the link is looked at anew", { error: error.cause });
          await deps.downloader.forget(attempt.folder);
          return await run();
        }
      },
      // Links to media are made for one address, and what is offered depends on who asks.
      () => deps.downloader.forget(attempt.folder),
    );
    if (made === null) return;
    const done = await writer.write(() =>
      deps.database.attempts.succeed(
        { jobId: job.id, attempt: job.attempt },
        {
          ...made,
          progress: { ...progress.current, percent: 100, bytesPerSecond: null, etaSeconds: 0 },
          engine,
          retentionMs: options.retentionMs,
        },
      ),
    );
    if (done === null) {
      note({ outcome: "superseded" });
      await discardUnnamed(end, made.artifacts);
      return;
    }
    note({ outcome: "succeeded", files: made.artifacts.length });
    await tidy(end);
    await tidyElsewhere(end);
    await announceMove(deps, done);
    if (options.reuse !== undefined)
      await handOn(deps, done, { owner: done.owner, key: done.reuseKey }, options.retentionMs);
  } catch (error) {
    const reason = signal.aborted ? signal.reason : error;
    if (reason instanceof NoEgressNow) {
      await waitForEgress(end, reason);
      return;
    }
    if (!(reason instanceof AttemptStopped)) {
      // The metadata found so far helps to understand the failure.
      await lease.beat();
      await recordFailure(end, toAppError(reason));
      return;
    }
    if (reason.stopCause === "draining") {
      await handBack(end);
      return;
    }
    note({ outcome: "superseded" });
    await leaveFolder(end);
  } finally {
    stopTracking();
    limits.stop();
    writer.stop();
    await lease.release();
    await folder?.release();
  }
}

/** Whether another job has the result or makes it; the attempt is over then. */
async function isSpared(
  end: AttemptEnd,
  key: string | null,
  { reuse, retentionMs }: Pick<AttemptOptions, "reuse" | "retentionMs">,
): Promise<boolean> {
  const { deps, job, note } = end;
  const spared = reuse === undefined ? null : await spareAttempt(deps, job, key, { reuse, retentionMs });
  if (spared === null) return false;
  // Whoever waits for another's result mostly gets it without an attempt, and then nobody comes back for the folder.
  await tidy(end);
  await tidyElsewhere(end);
  if (spared.kind === "joined") {
    note({ outcome: "joined" });
  } else {
    note({ outcome: "succeeded", files: 0 });
    deps.telemetry.happened("job-reused", { jobId: job.id, how: "kept" });
  }
  await announceMove(deps, spared.job);
  if (spared.kind === "kept") await handOn(deps, spared.source, { owner: job.owner, key }, retentionMs);
  return true;
}

/** Failures that links which were found earlier, for another job, may be the reason of. */
const mayBeOld: ReadonlySet<ErrorCode> = new Set([
  ...(["source_forbidden", "source_error", "format_unavailable", "bot_check", "login_required"] as const),
]);

/** What was found at the link before has links that are refused by now: it is looked at anew, within the attempt. */
class KeptLinksRefused extends AppError {
  constructor(cause: unknown) {
    const { code, message, hint, retryAt } = toAppError(cause);
    super(code, message, { cause, hint, ...(retryAt !== null && { retryAt }) });
  }
}

/** Runs the attempt's plan, up to stored files that no row references yet. Null: another job has the result or makes it. */
async function runSteps(
  attempt: Attempt,
  lease: AttemptLease,
  {
    isSpared,
    ...run
  }: {
    readonly signal: AbortSignal;
    readonly finish: AbortSignal;
    readonly progress: AttemptProgress;
    readonly isSpared: (key: string | null) => Promise<boolean>;
  },
) {
  const { job, egress } = attempt;
  const runner = createRunner({
    ...run,
    kept: keptOutputs(attempt.folder, attempt.deps.logger),
    onWarning: (warnings) => lease.note({ warnings }),
    logger: attempt.deps.logger,
    telemetry: attempt.deps.telemetry,
  });
  const resolved = resolve(attempt);
  await runner.run([resolved], resolvedPercent);
  const resolution = runner.output(resolved);
  const { media } = resolution;
  lease.note({ media });
  const reuseKey = await reuseKeyOf(job.request, identityOf(media));
  if (reuseKey !== job.reuseKey) {
    if (await isSpared(reuseKey)) return null;
    lease.note({ reuseKey });
  }
  const plan = planAttempt(attempt, resolved, resolution);
  await runner.run(plan.steps, 100).catch((error: unknown) => {
    throw resolution.isKept && mayBeOld.has(toAppError(error).code) ? new KeptLinksRefused(error) : error;
  });
  const shareable = egress.egress === directEgressName && egress.cookies === null;
  return { artifacts: runner.output(plan.stored), media, warnings: runner.warnings(), shareable };
}

async function versionsOf({ downloader, transcoder }: AttemptDeps, folder: WorkFolder): Promise<EngineVersions> {
  const [ytDlp, ffmpeg] = await Promise.all([downloader.version(folder), transcoder.version()]);
  return { ytDlp, ffmpeg };
}
