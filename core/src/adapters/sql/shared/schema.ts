import type { Scope } from "../../../accounts/scopes.ts";
import type { AuditAction, AuditDetail } from "../../../audit/audit.ts";
import type { OutboxItem } from "../../../database/outbox.ts";
import type { ErrorCode } from "../../../errors/codes.ts";
import type { RunMode } from "../../../jobs/dispatch.ts";
import type { EngineVersions, JobError, Progress, Warning } from "../../../jobs/job.ts";
import type { Media } from "../../../jobs/media.ts";
import type { Priority } from "../../../jobs/request-values.ts";
import type { JobStage, JobState } from "../../../jobs/states.ts";
import type { ArtifactKind, StoredArtifact } from "../../../library/artifact.ts";
import type { TaskReport } from "../../../maintenance/task-leases.ts";
import type { AuditId, DeliveryId, DeploymentId, JobId, KeyId, WebhookId, WorkerId } from "../../../runtime/ids.ts";
import type { EndedJob } from "../../../stats/ended-job.ts";
import type { Histogram } from "../../../stats/histogram.ts";
import type { Grain } from "../../../stats/periods.ts";
import type { Dimension } from "../../../stats/roll-up.ts";
import type { DeliveryAttempt, DeliveryState, DeliveryType } from "../../../webhooks/delivery.ts";
import type { WebhookEvent } from "../../../webhooks/events.ts";
import type { DisabledReason, SealedSecret } from "../../../webhooks/webhook.ts";
import { accountTables } from "./account-tables.ts";
import { answerTables } from "./answer-tables.ts";
import type { ColumnKit } from "./column-kit.ts";
import {
  errorCode,
  hasArtifacts,
  hasError,
  hasIdempotencyKey,
  isDeadLetter,
  isFinished,
  isPending,
  notCounted,
  ofRequest,
  ownersTotals,
  pausing,
  ready,
  stateIn,
} from "./conditions.ts";

/**
 * The tables, written once for both dialects. The partial indexes hold only what claims and maintenance tasks look for:
 * they stay small however many finished jobs there are.
 */
export function makeSchema(kit: ColumnKit) {
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
      worker: kit.text("worker"),
      host: kit.text("host"),
      leaseUntil: kit.time("lease_until"),
      idempotencyKey: kit.text("idempotency_key"),
      idempotencyFingerprint: kit.text("idempotency_fingerprint"),
      /** The request that made the job, as its answer and the logs name it. */
      requestId: kit.text("request_id"),
      /** Lower case, for the search. */
      searchUrl: kit.text("search_url").notNull(),
      searchTitle: kit.text("search_title").notNull(),
      createdAt: kit.time("created_at").notNull(),
      updatedAt: kit.time("updated_at").notNull(),
      scheduledFor: kit.time("scheduled_for"),
      startedAt: kit.time("started_at"),
      finishedAt: kit.time("finished_at"),
      expiresAt: kit.time("expires_at"),
    },
    (table) => [
      kit.uniqueIndex("jobs_idempotency").on(table.owner, table.idempotencyKey),
      kit.index("jobs_newest").on(table.createdAt, table.id),
      kit.index("jobs_owner_newest").on(table.owner, table.createdAt, table.id),
      kit.index("jobs_owner_state").on(table.owner, table.state, table.createdAt, table.id),
      kit.index("jobs_owner_finished").on(table.owner, table.state, table.finishedAt, table.id).where(isFinished),
      kit.index("jobs_dead_letters").on(table.createdAt, table.id).where(isDeadLetter),
      kit.index("jobs_owner_code").on(table.owner, errorCode, table.createdAt, table.id).where(hasError),
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
  /** A stored file. It is kept while artifacts reference it; the transaction that removes the last of them writes its deletion to the outbox. */
  const blobs = kit.table("blobs", {
    key: kit.text("key").primaryKey(),
    bytes: kit.bytes("bytes").notNull(),
    sha256: kit.text("sha256").notNull(),
    createdAt: kit.time("created_at").notNull(),
  });
  /** Which job has which blob, and under which id. Rows, so that the references of a blob can be counted. */
  const artifacts = kit.table(
    "artifacts",
    {
      jobId: kit
        .text("job_id")
        .$type<JobId>()
        .notNull()
        .references(() => jobs.id, { onDelete: "cascade" }),
      id: kit.text("id").notNull(),
      kind: kit.text("kind").$type<ArtifactKind>().notNull(),
      blobKey: kit
        .text("blob_key")
        .notNull()
        .references(() => blobs.key),
    },
    (table) => [kit.primaryKey({ columns: [table.jobId, table.id] }), kit.index("artifacts_blob").on(table.blobKey)],
  );
  /** Pending side effects outside of the database; see `Outbox`. */
  const outbox = kit.table(
    "outbox",
    {
      kind: kit.text("kind").$type<OutboxItem["kind"]>().notNull(),
      name: kit.text("name").notNull(),
      payload: kit.json<OutboxItem["payload"]>("payload").notNull(),
      failures: kit.integer("failures").notNull(),
      problem: kit.text("problem"),
      createdAt: kit.time("created_at").notNull(),
      dueAt: kit.time("due_at").notNull(),
    },
    (table) => [
      kit.primaryKey({ columns: [table.kind, table.name] }),
      kit.index("outbox_due").on(table.kind, table.dueAt),
    ],
  );
  /** Open a stream once in the place of a key; see `Tickets`. */
  const tickets = kit.table(
    "tickets",
    {
      hash: kit.text("hash").primaryKey(),
      owner: kit.text("owner").notNull(),
      scopes: kit.json<readonly Scope[]>("scopes").notNull(),
      keyId: kit.text("key_id").$type<KeyId>(),
      secretHash: kit.text("secret_hash"),
      expiresAt: kit.time("expires_at").notNull(),
    },
    (table) => [kit.index("tickets_expiry").on(table.expiresAt)],
  );
  /** One row, which the migration that makes the table writes. */
  const deployment = kit.table("deployment", {
    id: kit.text("id").$type<DeploymentId>().primaryKey(),
    createdAt: kit.time("created_at").notNull(),
  });
  /** One row: when the store was last reached, and since when without a gap; see `jobs/rules/reachability.ts`. */
  const pulse = kit.table("pulse", {
    id: kit.integer("id").primaryKey(),
    seenAt: kit.time("seen_at").notNull(),
    steadySince: kit.time("steady_since").notNull(),
  });
  /** A row for each mode: whose turn it is to run jobs; see `jobs/rules/turns.ts`. Who starts jobs locks the rows. */
  const dispatchTurns = kit.table("dispatch_turns", {
    mode: kit.text("mode").$type<RunMode>().primaryKey(),
    owner: kit.text("owner").notNull(),
    taken: kit.integer("taken").notNull(),
  });
  /** A row for each maintenance task: its leader, and the leader's last report. */
  const maintenanceTasks = kit.table("maintenance_tasks", {
    task: kit.text("task").primaryKey(),
    holder: kit.text("holder").notNull(),
    leaseUntil: kit.time("lease_until").notNull(),
    status: kit.text("status").$type<TaskReport["status"]>(),
    detail: kit.text("detail"),
    fix: kit.text("fix"),
  });
  /** Every end of every job; see `History`. It names no job by reference, because it outlives them. */
  const history = kit.table(
    "history",
    {
      jobId: kit.text("job_id").$type<JobId>().notNull(),
      endedAt: kit.time("ended_at").notNull(),
      owner: kit.text("owner").notNull(),
      state: kit.text("state").$type<EndedJob["state"]>().notNull(),
      code: kit.text("code").$type<ErrorCode>(),
      url: kit.text("url"),
      title: kit.text("title"),
      labels: kit.json<Readonly<Record<string, string>>>("labels"),
      host: kit.text("host").notNull(),
      output: kit.text("output").$type<EndedJob["output"]>().notNull(),
      files: kit.integer("files").notNull(),
      bytes: kit.bytes("bytes").notNull(),
      attempts: kit.integer("attempts").notNull(),
      createdAt: kit.time("created_at").notNull(),
      startedAt: kit.time("started_at"),
      /** 1: it is in the statistics. */
      counted: kit.integer("counted").notNull(),
    },
    (table) => [
      kit.primaryKey({ columns: [table.jobId, table.endedAt] }),
      kit.index("history_newest").on(table.endedAt, table.jobId),
      kit.index("history_owner_newest").on(table.owner, table.endedAt, table.jobId),
      kit.index("history_not_counted").on(table.endedAt).where(notCounted),
    ],
  );
  /** Sums over the history; see `Stats`. */
  const stats = kit.table(
    "stats",
    {
      grain: kit.text("grain").$type<Grain>().notNull(),
      dimension: kit.text("dimension").$type<Dimension>().notNull(),
      /** 1: of every owner. */
      everybody: kit.integer("everybody").notNull(),
      owner: kit.text("owner").notNull(),
      start: kit.time("start").notNull(),
      value: kit.text("value").notNull(),
      count: kit.bytes("count").notNull(),
      bytes: kit.bytes("bytes").notNull(),
      timed: kit.bytes("timed").notNull(),
      runMs: kit.bytes("run_ms").notNull(),
      histogram: kit.json<Histogram>("histogram").notNull(),
    },
    (table) => [
      kit.primaryKey({
        name: "stats_pk",
        columns: [table.grain, table.dimension, table.everybody, table.owner, table.start, table.value],
      }),
      kit.index("stats_owners").on(table.grain, table.start).where(ownersTotals),
    ],
  );
  /** One row, which whoever counts locks: how far the history was filled in from jobs that ended before it was kept. */
  const statsProgress = kit.table("stats_progress", {
    id: kit.integer("id").primaryKey(),
    /** The last job that was looked at. */
    cursor: kit.text("cursor").notNull(),
    /** How often all jobs were looked at, and when the last time was. */
    passes: kit.integer("passes").notNull(),
    passedAt: kit.time("passed_at").notNull(),
  });
  /** Who did what; see `Audit`. */
  const auditLog = kit.table(
    "audit_log",
    {
      id: kit.text("id").$type<AuditId>().primaryKey(),
      at: kit.time("at").notNull(),
      action: kit.text("action").$type<AuditAction>().notNull(),
      via: kit.text("via").$type<"api" | "cli" | "service">().notNull(),
      actor: kit.text("actor"),
      keyId: kit.text("key_id").$type<KeyId>(),
      requestId: kit.text("request_id"),
      subject: kit.text("subject"),
      owner: kit.text("owner"),
      detail: kit.json<AuditDetail>("detail").notNull(),
    },
    (table) => [
      kit.index("audit_newest").on(table.at, table.id),
      kit.index("audit_action").on(table.action, table.at, table.id),
      kit.index("audit_subject").on(table.subject, table.at, table.id),
      kit.index("audit_key").on(table.keyId, table.at, table.id),
    ],
  );
  /** The worker processes, by their own account; see `Workers`. */
  const workers = kit.table("workers", {
    id: kit.text("id").$type<WorkerId>().primaryKey(),
    name: kit.text("name").notNull(),
    host: kit.text("host").notNull(),
    pid: kit.integer("pid").notNull(),
    version: kit.text("version").notNull(),
    engine: kit.json<EngineVersions>("engine").notNull(),
    concurrency: kit.integer("concurrency").notNull(),
    /** 1: it shares its process with no API. */
    standalone: kit.integer("standalone").notNull(),
    draining: kit.integer("draining").notNull(),
    drainRequestedAt: kit.time("drain_requested_at"),
    startedAt: kit.time("started_at").notNull(),
    seenAt: kit.time("seen_at").notNull(),
    endedAt: kit.time("ended_at"),
  });
  const webhooks = kit.table(
    "webhooks",
    {
      id: kit.text("id").$type<WebhookId>().primaryKey(),
      owner: kit.text("owner").notNull(),
      url: kit.text("url").notNull(),
      events: kit.json<readonly WebhookEvent[]>("events").notNull(),
      description: kit.text("description").notNull(),
      secrets: kit.json<readonly SealedSecret[]>("secrets").notNull(),
      disabledAt: kit.time("disabled_at"),
      disabledReason: kit.text("disabled_reason").$type<DisabledReason>(),
      failingSince: kit.time("failing_since"),
      createdAt: kit.time("created_at").notNull(),
      updatedAt: kit.time("updated_at").notNull(),
    },
    (table) => [kit.index("webhooks_owner").on(table.owner, table.createdAt, table.id)],
  );
  /** What signs deliveries to addresses that jobs name, by owner. */
  const webhookSecrets = kit.table("webhook_secrets", {
    owner: kit.text("owner").primaryKey(),
    secrets: kit.json<readonly SealedSecret[]>("secrets").notNull(),
    updatedAt: kit.time("updated_at").notNull(),
  });
  /**
   * Messages to webhooks; see `Deliveries`. They reference nothing: a webhook or a job that is deleted at the same time must
   * not undo the transaction that writes them.
   */
  const webhookDeliveries = kit.table(
    "webhook_deliveries",
    {
      id: kit.text("id").$type<DeliveryId>().primaryKey(),
      owner: kit.text("owner").notNull(),
      webhookId: kit.text("webhook_id").$type<WebhookId>(),
      url: kit.text("url"),
      target: kit.text("target").notNull(),
      type: kit.text("type").$type<DeliveryType>().notNull(),
      jobId: kit.text("job_id").$type<JobId>(),
      body: kit.text("body").notNull(),
      state: kit.text("state").$type<DeliveryState>().notNull(),
      attempts: kit.json<readonly DeliveryAttempt[]>("attempts").notNull(),
      tries: kit.integer("tries").notNull(),
      /** How often it was taken; the number fences what a sender writes. */
      takes: kit.integer("takes").notNull(),
      /** What clients see; `dueAt` is later while it is being sent. */
      nextAttemptAt: kit.time("next_attempt_at"),
      dueAt: kit.time("due_at").notNull(),
      createdAt: kit.time("created_at").notNull(),
      finishedAt: kit.time("finished_at"),
    },
    (table) => [
      kit.index("webhook_deliveries_target").on(table.target, table.dueAt).where(isPending),
      kit.index("webhook_deliveries_newest").on(table.webhookId, table.createdAt, table.id),
      kit.index("webhook_deliveries_request").on(table.jobId, table.createdAt, table.id).where(ofRequest),
      kit.index("webhook_deliveries_finished").on(table.finishedAt),
    ],
  );
  return {
    ...{
      jobs,
      jobLabels,
      blobs,
      artifacts,
      outbox,
      ...accountTables(kit),
      tickets,
      ...answerTables(kit),
      deployment,
      pulse,
      dispatchTurns,
      maintenanceTasks,
    },
    ...{ history, stats, statsProgress, auditLog, workers },
    ...{ webhooks, webhookSecrets, webhookDeliveries },
  };
}

/** The tables of one dialect. PostgreSQL's types stand for both. */
export type Schema = ReturnType<typeof makeSchema>;
/** A row of `jobs` as it is read. */
export type JobRow = Schema["jobs"]["$inferSelect"];
