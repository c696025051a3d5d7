import { z } from "zod";
import { errorCodes, type RetryRule } from "../errors/codes.ts";
import { Artifact } from "../library/artifact.ts";
import type { Hold } from "./dispatch.ts";
import { type Job, JobError, Progress, Warning } from "./job.ts";
import { Media } from "./media.ts";
import { DownloadRequest } from "./request.ts";
import { Priority } from "./request-values.ts";
import { isTerminal, JobStage, JobState } from "./states.ts";

const time = z.iso.datetime();

export const ArtifactResource = Artifact.extend({
  url: z
    .string()
    .describe("Where the bytes are: an address under PUBLIC_URL, or a path of the service where that is not set."),
}).meta({ id: "Artifact" });

export const WaitingFor = z
  .object({
    reason: z
      .enum(["egress", "retry", "schedule", "live", "quota", "fair_share", "reuse"])
      .describe(
        "`reuse`: the result of another job that makes the same; `live`: the recording of a live stream; `egress`: a source that limits this address; `quota`: the account runs as many jobs as it may; `fair_share`: other owners' jobs wait too, and each owner has its turn.",
      ),
    until: time.nullable(),
    detail: z.string(),
  })
  .meta({ id: "WaitingFor", description: "Why a job does not run yet." });
export type WaitingFor = z.infer<typeof WaitingFor>;

/** A job as clients see it: JSON, no secrets, no storage keys. */
export const JobResource = z
  .object({
    id: z.string(),
    state: JobState,
    stage: JobStage.nullable(),
    progress: Progress,
    request: DownloadRequest,
    media: Media.nullable(),
    artifacts: z.array(ArtifactResource),
    attempt: z.int(),
    maxAttempts: z.int(),
    nextAttemptAt: time.nullable(),
    error: JobError.nullable(),
    warnings: z.array(Warning),
    priority: Priority,
    labels: z.record(z.string(), z.string()),
    batchId: z.string().nullable().describe("The batch that it is a child of."),
    scheduleId: z.string().nullable().describe("The schedule that made it, itself or by a batch."),
    reusedFrom: z.string().nullable().describe("The job whose files are its results; null: it made them itself."),
    waitingFor: WaitingFor.nullable().describe(
      "Why it does not run yet; null while nothing holds it up but other jobs.",
    ),
    engine: z.object({ ytDlp: z.string().nullable(), ffmpeg: z.string().nullable() }).nullable(),
    createdAt: time,
    scheduledFor: time.nullable(),
    startedAt: time.nullable(),
    finishedAt: time.nullable(),
    expiresAt: time.nullable(),
    deletedAt: time.optional().describe("Only in the last event of a job: it was deleted then, and its files with it."),
  })
  .meta({ id: "DownloadJob" });
export type JobResource = z.infer<typeof JobResource>;

const iso = (date: Date | null): string | null => date?.toISOString() ?? null;

/** States whose progress has a speed and a remaining time; both are null after a success. */
const atWork: ReadonlySet<JobState> = new Set(["running", "succeeded"]);

/**
 * The representation of a job for clients.
 * @param hold what keeps the job waiting although it is due, where somebody has looked
 */
export function toJobResource(job: Job, hold?: Hold): JobResource {
  return {
    id: job.id,
    state: job.state,
    stage: job.stage,
    // The last figures say nothing about the current state.
    progress: atWork.has(job.state) ? job.progress : { ...job.progress, bytesPerSecond: null, etaSeconds: null },
    request: job.request,
    media: job.media,
    artifacts: job.artifacts.map(({ storageKey: _, ...artifact }) => ({
      ...artifact,
      url: `/api/v1/downloads/${job.id}/files/${artifact.id}`,
    })),
    attempt: job.attempt,
    maxAttempts: job.maxAttempts,
    nextAttemptAt: isJoined(job) ? null : iso(job.nextAttemptAt),
    error: job.error,
    warnings: [...job.warnings],
    priority: job.priority,
    labels: job.labels,
    batchId: job.batchId,
    scheduleId: job.scheduleId,
    reusedFrom: job.reusedFrom,
    waitingFor: waitingFor(job) ?? heldUp(job, hold),
    engine: job.engine,
    createdAt: job.createdAt.toISOString(),
    scheduledFor: iso(job.scheduledFor),
    startedAt: iso(job.startedAt),
    finishedAt: iso(job.finishedAt),
    expiresAt: iso(job.expiresAt),
  };
}

/** What the last event of a deleted job shows: one that had not ended was canceled by it, and there are no files any more. */
export function toRemovedJobResource(job: Job, deletedAt: Date): JobResource {
  const ended: Job = isTerminal(job.state)
    ? job
    : { ...job, state: "canceled", stage: null, nextAttemptAt: null, finishedAt: deletedAt };
  return { ...toJobResource({ ...ended, artifacts: [] }), deletedAt: deletedAt.toISOString() };
}

/** Whether it waits for the result of another job. Until when at the latest is of no interest. */
const isJoined = ({ state, joinedAt, nextAttemptAt }: Job): boolean =>
  state === "queued" && joinedAt !== null && nextAttemptAt !== null;

function waitingFor(job: Job): WaitingFor | null {
  const { state, scheduledFor, nextAttemptAt, error, waiting } = job;
  if (state === "scheduled") {
    return { reason: "schedule", until: iso(scheduledFor), detail: "It starts at the time that was asked for." };
  }
  if (isJoined(job))
    return { reason: "reuse", until: null, detail: "Another job makes the same; this one gets its files." };
  if (state !== "queued" || nextAttemptAt === null) return null;
  if (waiting !== null) return { ...waiting, until: iso(nextAttemptAt) };
  if (error === null) return null;
  const reason = waitReasonOf(error.code);
  const detail = reason === "live" ? "It waits until the recording of the live stream is online." : error.detail;
  return { reason, until: iso(nextAttemptAt), detail };
}

const waitReasons = {
  backoff: "retry",
  egress: "egress",
  "at-start": "live",
  // Such a job waits only when it was submitted before its live stream began.
  never: "live",
} as const satisfies Record<RetryRule, WaitingFor["reason"]>;

/** What a job waits for between two attempts, by the code of its error. */
export function waitReasonOf(code: JobError["code"]): (typeof waitReasons)[RetryRule] {
  return waitReasons[errorCodes[code].retry];
}

const holdDetails = {
  quota: "The account runs as many jobs as it may; this one starts when one of them ends.",
  fair_share: "Jobs of other owners wait too; each owner has its turn.",
} as const satisfies Record<Hold, string>;

function heldUp({ state, nextAttemptAt }: Job, hold: Hold | undefined): WaitingFor | null {
  if (hold === undefined || state !== "queued" || nextAttemptAt !== null) return null;
  return { reason: hold, until: null, detail: holdDetails[hold] };
}
