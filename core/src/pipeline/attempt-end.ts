import type { AttemptDeps } from "../dependencies.ts";
import type { NoEgressNow } from "../egress/egresses.ts";
import type { AppError } from "../errors/app-error.ts";
import { errorCodes } from "../errors/codes.ts";
import { announceMove, offer } from "../jobs/announce.ts";
import type { Job, JobError } from "../jobs/job.ts";
import { isTerminal } from "../jobs/states.ts";
import { wakeNext } from "../jobs/wake-next.ts";
import type { StoredArtifact } from "../library/artifact.ts";
import type { Note } from "../telemetry/telemetry.ts";
import type { EndWriter } from "./end-writer.ts";
import { decideRetry } from "./retry-policy.ts";
import { discardFiles } from "./steps/store.ts";
import type { WorkFolder } from "./work-folders.ts";

/** What the end of an attempt needs. */
export interface AttemptEnd {
  readonly deps: AttemptDeps;
  readonly job: Job;
  /** Null before it was opened. Used by this attempt exclusively until it is released. */
  folder(): WorkFolder | null;
  readonly writer: EndWriter;
  /** Tells what became of the attempt. */
  readonly note: Note<"attempt">;
  /** What the attempt has outside of its folder, to be cleaned up when the job is over. */
  readonly whenOver: readonly (() => Promise<void>)[];
  /** See `AttemptLimits.recordsLive`. */
  readonly recordsLive: boolean;
}

/** Deletes the attempt's folder. Never rejects: the task of this host that deletes work folders finds what is left. */
export async function tidy({ deps, folder }: AttemptEnd): Promise<void> {
  try {
    await folder()?.remove();
  } catch (error) {
    deps.logger.warn("a work folder could not be deleted; maintenance will", { error });
  }
}

/**
 * Cleans up what the attempt has outside of its folder. Only after a fenced write, or when the job is over: until then it may belong to a
 * later attempt on another machine. Never rejects: the task `orphaned-files` finds what is left.
 */
export async function tidyElsewhere({ whenOver }: AttemptEnd): Promise<void> {
  for (const work of whenOver) await work();
}

/** After a fenced write: deletes the files that this attempt stored, except those the job references (the write did happen). */
export async function discardUnnamed(end: AttemptEnd, artifacts: readonly StoredArtifact[]): Promise<void> {
  const { deps, job } = end;
  const current = await deps.database.jobs.get(job.id, null);
  const named = new Set(current?.artifacts.map((artifact) => artifact.storageKey));
  const unnamed = artifacts.filter((artifact) => !named.has(artifact.storageKey));
  if (unnamed.length > 0) await discardFiles(deps, unnamed);
  await leaveFolder(end);
  if (unnamed.length > 0 || current === null) return;
  end.note({ outcome: "succeeded", files: artifacts.length });
  await announceMove(deps, current);
}

/** The attempt failed: the job is retried later, or fails. */
export async function recordFailure(end: AttemptEnd, failure: AppError): Promise<void> {
  const { deps, job } = end;
  const ref = { jobId: job.id, attempt: job.attempt };
  const decision = decideRetry({
    code: failure.code,
    failures: job.failures + 1,
    maxAttempts: job.maxAttempts,
    retryAt: failure.retryAt,
    now: deps.clock.now(),
    random: Math.random(),
    createdAt: job.createdAt,
    attempt: job.attempt,
    recordsLive: end.recordsLive,
  });
  const error: JobError = {
    code: failure.code,
    detail: failure.message,
    hint: failure.hint,
    retryable: failure.retryable || decision.retry,
  };
  const { code, message: detail, cause } = failure;
  end.note({ outcome: "unrecorded", code, detail, cause });
  if (!decision.retry) {
    // Before the write: once the failure is visible, the client may retry, and any process may open the folder.
    await tidy(end);
    const failed = await end.writer.write(() => deps.database.attempts.fail(ref, error));
    end.note({ outcome: failed === null ? "superseded" : "failed" });
    if (failed === null) return;
    await tidyElsewhere(end);
    await announceMove(deps, failed);
    await wakeNext(deps, [failed]);
    return;
  }
  const folder = end.folder();
  // The resolution is no longer valid; the next attempt resolves again, and continues the partial files.
  if (folder !== null && code === "source_forbidden") await deps.downloader.forget(folder);
  // The fetched files are invalid: every further attempt would take them for finished.
  if (code === "output_invalid") await tidy(end);
  await folder?.release();
  const again = await end.writer.write(() =>
    deps.database.attempts.requeue(ref, {
      error,
      delayMs: decision.delayMs,
      countsAsFailure: decision.countsAsFailure,
      // Alone it has more memory, and takes none from other jobs.
      alone: code === "out_of_memory",
      // It goes on as soon as one is free, which may be before the pause is over.
      ...(errorCodes[code].retry === "egress" && { waiting: { reason: "egress", detail } }),
    }),
  );
  end.note(
    again === null ? { outcome: "superseded" } : { outcome: "retried", retryInSeconds: decision.delayMs / 1000 },
  );
  if (again === null) return;
  if (code === "output_invalid") await tidyElsewhere(end);
  await announceMove(deps, again);
  await offer(deps, [again], decision.delayMs);
}

/** How long a job waits for an egress that only an operator can give it, and at least, in milliseconds. */
const longestWaitMs = 15 * 60_000;
const shortestWaitMs = 1_000;
/** Jobs that wait for the same egress come back one after the other: a part of the wait at random, up to this. */
const spreadMs = 30_000;

/** No egress can be had now: the job waits for one, without counting an attempt. */
export async function waitForEgress(end: AttemptEnd, { message: detail, retryAt }: NoEgressNow): Promise<void> {
  const { deps, job } = end;
  await end.folder()?.release();
  const leftMs = retryAt === null ? longestWaitMs : retryAt.getTime() - deps.clock.now().getTime();
  const delayMs = Math.max(shortestWaitMs, Math.min(leftMs, 24 * 3_600_000));
  const spread = Math.round(Math.random() * Math.min(spreadMs, delayMs / 4));
  const waiting = await end.writer.write(() =>
    deps.database.attempts.requeue(
      { jobId: job.id, attempt: job.attempt },
      { error: job.error, delayMs: delayMs + spread, countsAsFailure: false, waiting: { reason: "egress", detail } },
    ),
  );
  end.note({ outcome: waiting === null ? "superseded" : "deferred", retryInSeconds: delayMs / 1000 });
  if (waiting === null) return;
  await announceMove(deps, waiting);
  await offer(deps, [waiting], delayMs + spread);
}

/** The process shuts down: the job is requeued without counting an attempt. */
export async function handBack(end: AttemptEnd): Promise<void> {
  const { deps, job } = end;
  const ref = { jobId: job.id, attempt: job.attempt };
  // The next attempt, perhaps of another process, continues in this folder.
  await end.folder()?.release();
  const queued = await end.writer.write(() =>
    deps.database.attempts.requeue(ref, { error: null, delayMs: 0, countsAsFailure: false }),
  );
  end.note({ outcome: queued === null ? "superseded" : "handed_back" });
  if (queued === null) return;
  await announceMove(deps, queued);
  await offer(deps, [queued]);
}

/**
 * The attempt has lost its job: its folder is kept only while the job may still be retried on this host. The job is read
 * before the folder is released, so that the folder is never deleted under a later attempt.
 */
export async function leaveFolder(end: AttemptEnd): Promise<void> {
  const { deps, job } = end;
  const current = await deps.database.jobs.get(job.id, null);
  if (current !== null && !isTerminal(current.state)) return;
  await tidy(end);
  await tidyElsewhere(end);
}
