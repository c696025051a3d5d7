import type { Job } from "../../../jobs/job.ts";
import { DownloadRequest, requestSchemaVersion } from "../../../jobs/request.ts";
import type { JobRow } from "./schema.ts";

/** A row as a job. */
export function toJob(row: JobRow): Job {
  return {
    id: row.id,
    owner: row.owner,
    state: row.state,
    stage: row.stage,
    progress: row.progress,
    request: readRequestRow(row),
    media: row.media,
    artifacts: row.artifacts,
    attempt: row.attempt,
    failures: row.failures,
    lostWorkers: row.lostWorkers,
    alone: row.alone === 1,
    maxAttempts: row.maxAttempts,
    nextAttemptAt: row.nextAttemptAt,
    reuseKey: row.reuseKey,
    joinedAt: row.joinedAt,
    waiting: row.waiting,
    error: row.error,
    warnings: row.warnings,
    priority: row.priority,
    labels: row.labels,
    engine: row.engine,
    worker: row.worker,
    leaseUntil: row.leaseUntil,
    requestId: row.requestId,
    traceparent: row.traceparent,
    batchId: row.batchId,
    scheduleId: row.scheduleId,
    reusedFrom: row.reusedFrom,
    finishAskedAt: row.finishAskedAt,
    host: row.host,
    createdAt: row.createdAt,
    updatedAt: row.updatedAt,
    scheduledFor: row.scheduledFor,
    startedAt: row.startedAt,
    finishedAt: row.finishedAt,
    expiresAt: row.expiresAt,
  };
}

/**
 * The request of a row. One of this version was checked when it came in; an older one goes through the schema once
 * more, which fills in the defaults of fields that did not exist then.
 */
export function readRequestRow({
  request,
  schemaVersion,
}: {
  readonly request: unknown;
  readonly schemaVersion: number;
}): DownloadRequest {
  if (schemaVersion >= requestSchemaVersion) return request as DownloadRequest;
  const parsed = DownloadRequest.safeParse(request);
  // A request that today's rules would refuse was accepted once: it stays readable, and the job keeps its history.
  return parsed.success ? parsed.data : (request as DownloadRequest);
}
