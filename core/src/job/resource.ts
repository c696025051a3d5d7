import { z } from "zod";
import { Artifact } from "./artifact.ts";
import { type Job, JobError, Progress, Warning } from "./job.ts";
import { Media } from "./media.ts";
import { Priority } from "./presets.ts";
import { DownloadRequest } from "./request.ts";
import { JobStage, JobState } from "./states.ts";

const time = z.iso.datetime();

export const ArtifactResource = Artifact.extend({
  url: z.string().describe("Where the bytes are; relative to the service."),
}).meta({ id: "Artifact" });

/** A job as the outside sees it: JSON, no secrets, no internal places. */
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
    batchId: z.string().nullable(),
    reusedFrom: z.string().nullable(),
    engine: z.object({ ytDlp: z.string().nullable(), ffmpeg: z.string().nullable() }).nullable(),
    createdAt: time,
    scheduledFor: time.nullable(),
    startedAt: time.nullable(),
    finishedAt: time.nullable(),
    expiresAt: time.nullable(),
  })
  .meta({ id: "DownloadJob" });
export type JobResource = z.infer<typeof JobResource>;

const iso = (date: Date | null): string | null => date?.toISOString() ?? null;

/** The outside's view of a job. */
export function toJobResource(job: Job): JobResource {
  return {
    id: job.id,
    state: job.state,
    stage: job.stage,
    progress: job.progress,
    request: job.request,
    media: job.media,
    artifacts: job.artifacts.map(({ storageKey: _, ...artifact }) => ({
      ...artifact,
      url: `/api/v1/downloads/${job.id}/files/${artifact.id}`,
    })),
    attempt: job.attempt,
    maxAttempts: job.maxAttempts,
    nextAttemptAt: iso(job.nextAttemptAt),
    error: job.error,
    warnings: [...job.warnings],
    priority: job.priority,
    labels: job.labels,
    batchId: null,
    reusedFrom: null,
    engine: job.engine,
    createdAt: job.createdAt.toISOString(),
    scheduledFor: iso(job.scheduledFor),
    startedAt: iso(job.startedAt),
    finishedAt: iso(job.finishedAt),
    expiresAt: iso(job.expiresAt),
  };
}
