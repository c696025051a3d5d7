import type { ErrorCode } from "../errors/codes.ts";
import type { Job } from "../jobs/job.ts";
import type { DownloadRequest } from "../jobs/request.ts";
import type { JobState } from "../jobs/states.ts";
import type { JobId } from "../runtime/ids.ts";

/** How a job ends. */
export type EndState = Extract<JobState, "succeeded" | "failed" | "canceled">;

/**
 * One end of a job, as the history keeps it. A job that failed, was retried by hand and then succeeded has ended twice.
 * What tells of the person who asked (link, title, labels) is null once the job was deleted.
 */
export interface EndedJob {
  readonly jobId: JobId;
  readonly owner: string;
  readonly state: EndState;
  /** Why it failed; null for the others. */
  readonly code: ErrorCode | null;
  readonly url: string | null;
  readonly title: string | null;
  readonly labels: Readonly<Record<string, string>> | null;
  /** Host of the link, without `www.`. */
  readonly host: string;
  readonly output: DownloadRequest["output"]["type"];
  readonly files: number;
  /** Of all its files; 0 where another job had made them. */
  readonly bytes: number;
  readonly attempts: number;
  readonly createdAt: Date;
  /** Start of its first attempt since it was last queued by hand; null when it never ran. */
  readonly startedAt: Date | null;
  readonly endedAt: Date;
}

/** How long it ran, pauses between attempts included; null when it never did. */
export function runMsOf({ startedAt, endedAt }: Pick<EndedJob, "startedAt" | "endedAt">): number | null {
  return startedAt === null ? null : Math.max(0, endedAt.getTime() - startedAt.getTime());
}

/** What the history keeps of a job; null while it is not over. */
export function endedJob(job: Job): EndedJob | null {
  const { state, finishedAt, request } = job;
  if ((state !== "succeeded" && state !== "failed" && state !== "canceled") || finishedAt === null) return null;
  return {
    jobId: job.id,
    owner: job.owner,
    state,
    code: state === "failed" ? (job.error?.code ?? "internal_error") : null,
    url: request.url,
    title: job.media?.title ?? null,
    labels: job.labels,
    host: hostOf(request.url),
    output: request.output.type,
    files: job.artifacts.length,
    bytes: job.reusedFrom === null ? job.artifacts.reduce((sum, artifact) => sum + artifact.bytes, 0) : 0,
    attempts: job.attempt,
    createdAt: job.createdAt,
    startedAt: job.startedAt,
    endedAt: finishedAt,
  };
}

/** The host that figures of a link are counted under. */
function hostOf(link: string): string {
  return (URL.parse(link)?.hostname ?? "").replace(/^www\./, "").slice(0, 253);
}
