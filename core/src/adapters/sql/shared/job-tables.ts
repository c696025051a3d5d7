import type { EngineVersions, JobError, JobWait, Progress, Warning } from "../../../jobs/job.ts";
import type { Media } from "../../../jobs/media.ts";
import type { Priority } from "../../../jobs/request-values.ts";
import type { JobStage, JobState } from "../../../jobs/states.ts";
import type { StoredArtifact } from "../../../library/artifact.ts";
import type { BatchId, JobId, ScheduleId } from "../../../runtime/ids.ts";
import type { ColumnKit } from "./column-kit.ts";
import {
  errorCode,
  hasArtifacts,
  hasBatch,
  hasError,
  hasIdempotencyKey,
  hasJoined,
  hasLinkKey,
  hasReuseKey,
  hasSchedule,
  isDeadLetter,
  isFinished,
  isShareable,
  pausing,
  ready,
  stateIn,
} from "./conditions.ts";

/**
 * The tables of jobs. The partial indexes hold only what claims and maintenance tasks look for: they stay small however many finished jobs
 * there are.
 */
export function jobTables(kit: ColumnKit) {
  const jobs = kit.table(
    "jobs",
    {
      id: kit.text("id").$type<JobId>().primaryKey(),
      owner: kit.text("owner").notNull(),
      state: kit.text("state").$type<JobState>().notNull(),
      stage: kit.text("stage").$type<JobStage>(),
      /** What the JSON columns of this row are written in; see `requestSchemaVersion`. */
      schemaVersion: kit.integer("schema_version").notNull(),
      request: kit.json<unknown>("request").notNull(),
      progress: kit.json<Progress>("progress").notNull(),
      media: kit.json<Media>("media"),
      /** The job's artifacts as clients see them. Triggers copy each change to the tables `artifacts` and `blobs`. */
      artifacts: kit.json<readonly StoredArtifact[]>("artifacts").notNull(),
      artifactCount: kit.integer("artifact_count").notNull(),
      warnings: kit.json<readonly Warning[]>("warnings").notNull(),
      error: kit.json<JobError>("error"),
      labels: kit.json<Readonly<Record<string, string>>>("labels").notNull(),
      engine: kit.json<EngineVersions>("engine"),
      attempt: kit.integer("attempt").notNull(),
      failures: kit.integer("failures").notNull(),
      lostWorkers: kit.integer("lost_workers").notNull(),
      /** 1: its next attempt runs alone in its worker; see `Job.alone`. */
      alone: kit.integer("alone").notNull().default(0),
      maxAttempts: kit.integer("max_attempts").notNull(),
      priority: kit.text("priority").$type<Priority>().notNull(),
      /** Order of dispatch: when the job became due, shifted by its lane. */
      rank: kit.time("rank").notNull(),
      /** When it was last offered to the queue, or became due. */
      offeredAt: kit.time("offered_at").notNull(),
      nextAttemptAt: kit.time("next_attempt_at"),
      waiting: kit.json<JobWait>("waiting"),
      worker: kit.text("worker"),
      host: kit.text("host"),
      leaseUntil: kit.time("lease_until"),
      idempotencyKey: kit.text("idempotency_key"),
      idempotencyFingerprint: kit.text("idempotency_fingerprint"),
      /** The request that made the job, as its answer and the logs name it. */
      requestId: kit.text("request_id"),
      traceparent: kit.text("traceparent"),
      batchId: kit.text("batch_id").$type<BatchId>(),
      scheduleId: kit.text("schedule_id").$type<ScheduleId>(),
      reusedFrom: kit.text("reused_from").$type<JobId>(),
      /** By which jobs for the same result are found; see `reuseKeyOf`. */
      reuseKey: kit.text("reuse_key"),
      /** Of a link that does not say what is there: by which it is found what jobs with it resolved to. */
      linkKey: kit.text("link_key"),
      /** 1: nothing private was used for the result, so that other owners may have it. */
      shareable: kit.integer("shareable").notNull().default(0),
      /** Since when it waits for the result of another job. */
      joinedAt: kit.time("joined_at"),
      /** Lower case, for the search. */
      searchUrl: kit.text("search_url").notNull(),
      searchTitle: kit.text("search_title").notNull(),
      createdAt: kit.time("created_at").notNull(),
      updatedAt: kit.time("updated_at").notNull(),
      scheduledFor: kit.time("scheduled_for"),
      startedAt: kit.time("started_at"),
      finishedAt: kit.time("finished_at"),
      expiresAt: kit.time("expires_at"),
      finishAskedAt: kit.time("finish_asked_at"),
    },
    (table) => [
      kit.uniqueIndex("jobs_idempotency").on(table.owner, table.idempotencyKey),
      kit.index("jobs_newest").on(table.createdAt, table.id),
      kit.index("jobs_owner_newest").on(table.owner, table.createdAt, table.id),
      kit.index("jobs_owner_state").on(table.owner, table.state, table.createdAt, table.id),
      kit.index("jobs_owner_finished").on(table.owner, table.state, table.finishedAt, table.id).where(isFinished),
      kit.index("jobs_dead_letters").on(table.createdAt, table.id).where(isDeadLetter),
      kit.index("jobs_owner_code").on(table.owner, errorCode, table.createdAt, table.id).where(hasError),
      kit.index("jobs_batch_state").on(table.batchId, table.state).where(hasBatch),
      kit.index("jobs_batch_newest").on(table.batchId, table.createdAt, table.id).where(hasBatch),
      kit.index("jobs_schedule_newest").on(table.scheduleId, table.createdAt, table.id).where(hasSchedule),
      kit.index("jobs_keyed").on(table.createdAt).where(hasIdempotencyKey),
      kit.index("jobs_ready").on(table.owner, table.rank, table.id).where(ready.shared),
      kit.index("jobs_ready_alone").on(table.owner, table.rank, table.id).where(ready.alone),
      kit.index("jobs_pausing").on(table.nextAttemptAt).where(pausing),
      kit
        .index("jobs_unoffered")
        .on(table.offeredAt)
        .where(stateIn(["queued"])),
      kit
        .index("jobs_leases")
        .on(table.leaseUntil)
        .where(stateIn(["running"])),
      kit
        .index("jobs_workers")
        .on(table.host, table.worker)
        .where(stateIn(["running"])),
      kit
        .index("jobs_scheduled")
        .on(table.scheduledFor)
        .where(stateIn(["scheduled"])),
      kit.index("jobs_reuse").on(table.owner, table.reuseKey, table.state, table.finishedAt).where(hasReuseKey),
      kit.index("jobs_shared").on(table.reuseKey, table.finishedAt).where(isShareable),
      kit.index("jobs_links").on(table.owner, table.linkKey, table.createdAt).where(hasLinkKey),
      kit.index("jobs_joined").on(table.owner, table.reuseKey).where(hasJoined),
      kit.index("jobs_expiry").on(table.expiresAt).where(hasArtifacts),
    ],
  );
  const jobLabels = kit.table(
    "job_labels",
    {
      jobId: kit
        .text("job_id")
        .$type<JobId>()
        .notNull()
        .references(() => jobs.id, { onDelete: "cascade" }),
      name: kit.text("name").notNull(),
      value: kit.text("value").notNull(),
      /** Copies of the job's `owner` and `created_at`, so that one index lists a label's jobs in order. Null only in rows of versions before these columns. */
      owner: kit.text("owner"),
      createdAt: kit.time("created_at"),
    },
    (table) => [
      kit.primaryKey({ columns: [table.jobId, table.name] }),
      kit.index("job_labels_newest").on(table.name, table.value, table.owner, table.createdAt, table.jobId),
    ],
  );
  return { jobs, jobLabels };
}
