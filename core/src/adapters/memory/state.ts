import type { Account } from "../../accounts/accounts.ts";
import type { ApiKey } from "../../accounts/api-key.ts";
import type { SlotRow } from "../../accounts/slots.ts";
import type { TicketGrant } from "../../accounts/tickets.ts";
import type { AuditEntry } from "../../audit/audit.ts";
import type { Batch, BatchEntry } from "../../batches/batch.ts";
import type { OutboxItem } from "../../database/outbox.ts";
import type { Egress } from "../../egress/egress.ts";
import type { NewLook } from "../../egress/kept-looks.ts";
import type { KeptChoice } from "../../engines/engine-choices.ts";
import type { RunMode } from "../../jobs/dispatch.ts";
import type { Job } from "../../jobs/job.ts";
import { laneOffsetMs } from "../../jobs/rules/lanes.ts";
import { storableText } from "../../jobs/rules/storable.ts";
import type { Turn } from "../../jobs/rules/turns.ts";
import { canMove, type JobMove } from "../../jobs/states.ts";
import type { BlobRecord } from "../../library/blobs.ts";
import type { TaskReport } from "../../maintenance/task-leases.ts";
import type {
  BatchId,
  DeliveryId,
  EgressId,
  JobId,
  KeyId,
  ScheduleId,
  WebhookId,
  WorkerId,
} from "../../runtime/ids.ts";
import type { Schedule } from "../../schedules/schedule.ts";
import type { EndedJob } from "../../stats/ended-job.ts";
import type { StatRow } from "../../stats/roll-up.ts";
import type { WebhookDelivery } from "../../webhooks/delivery.ts";
import type { SealedSecret, Webhook } from "../../webhooks/webhook.ts";
import type { WorkerBeat } from "../../workers/workers.ts";
import { type Entry, idle } from "./entry.ts";
import { createTable, createUndoLog, type Table, type UndoLog } from "./table.ts";

/** When the database was last reached, and since when without a gap; see `jobs/rules/reachability.ts`. */
export interface Reachability {
  readonly seenAt: Date;
  readonly steadySince: Date;
}

/** What is known of a stored file. */
export interface BlobRow extends BlobRecord {
  readonly createdAt: Date;
}

export interface OutboxRow {
  readonly item: OutboxItem;
  readonly failures: number;
  readonly problem: string | null;
  readonly createdAt: Date;
  readonly dueAt: Date;
}

/** The leader of a maintenance task, and its report. */
export interface TaskRow {
  readonly task: string;
  readonly holder: string;
  readonly leaseUntil: Date;
  readonly report: TaskReport | null;
}

/** An end of a job, and whether it is in the statistics. */
export interface HistoryRow {
  readonly ended: EndedJob;
  readonly counted: boolean;
}

/** A worker process, as it registers itself. */
export interface WorkerRow {
  readonly beat: WorkerBeat;
  readonly drainRequestedAt: Date | null;
  readonly startedAt: Date;
  readonly seenAt: Date;
  readonly ended: boolean;
}

/** What a process holds of an owner's probes or streams at once. */
export interface HeldSlots extends SlotRow {
  readonly holder: string;
  readonly held: number;
  readonly leaseUntil: Date;
}

export interface TicketRow {
  readonly hash: string;
  readonly grant: TicketGrant;
  readonly expiresAt: Date;
}

/** What a request with an idempotency key was answered. */
export interface AnswerRow {
  readonly fingerprint: string;
  readonly answer: string | null;
  readonly holder: string;
  readonly heldUntil: Date;
  readonly createdAt: Date;
}

/** A delivery and the internal fields of the store. */
export interface DeliveryRow {
  readonly delivery: WebhookDelivery;
  readonly target: string;
  /** How often it was taken. */
  readonly takes: number;
  /** Later than its next attempt while it is being sent. */
  readonly dueAt: Date;
}

/** A batch with its entries by their keys. */
export interface BatchRow {
  readonly batch: Omit<Batch, "counts" | "progress">;
  readonly dueAt: Date;
  readonly entries: ReadonlyMap<string, BatchEntry & { readonly made: boolean }>;
}

/** An egress, and its cookies. */
export interface EgressRow {
  readonly egress: Egress;
  /** Its cookies, encrypted. */
  readonly sealed: string | null;
  /** Counts the texts of its cookies, also while it has none. */
  readonly cookiesVersion: number;
}

/** What was found at a link. */
export interface LookRow extends Omit<NewLook, "keptForMs"> {
  readonly madeAt: Date;
  readonly keptUntil: Date;
}

/** A thing without an owner that was seen in a place. */
export interface SightingRow {
  readonly place: string;
  readonly firstSeenAt: Date;
  readonly seenAt: Date;
}

/** Everything that the repositories in memory keep. */
export interface MemoryState {
  readonly undo: UndoLog;
  readonly entries: Table<JobId, Entry>;
  readonly idempotency: Table<string, JobId>;
  readonly reachability: Table<"last", Reachability>;
  readonly turns: Table<RunMode, Turn>;
  readonly keys: Table<KeyId, ApiKey>;
  readonly accounts: Table<string, Account>;
  /** Jobs made in a day, of owners with an account. */
  readonly jobDays: Table<string, number>;
  readonly slots: Table<string, HeldSlots>;
  readonly tickets: Table<string, TicketRow>;
  readonly blobs: Table<string, BlobRow>;
  readonly outbox: Table<string, OutboxRow>;
  readonly tasks: Table<string, TaskRow>;
  readonly audit: Table<string, AuditEntry>;
  readonly history: Table<string, HistoryRow>;
  readonly stats: Table<string, StatRow>;
  readonly workers: Table<WorkerId, WorkerRow>;
  readonly engineChoice: Table<"only", KeptChoice>;
  readonly answers: Table<string, AnswerRow>;
  readonly webhooks: Table<WebhookId, Webhook>;
  /** By owner. */
  readonly webhookSecrets: Table<string, readonly SealedSecret[]>;
  readonly deliveries: Table<DeliveryId, DeliveryRow>;
  readonly batches: Table<BatchId, BatchRow>;
  readonly schedules: Table<ScheduleId, Schedule>;
  /** What each has taken. */
  readonly scheduleArchive: Table<ScheduleId, ReadonlySet<string>>;
  readonly egresses: Table<EgressId, EgressRow>;
  readonly looks: Table<string, LookRow>;
  readonly sightings: Table<string, SightingRow>;
}

/** Runs a decision at a time of the store's; nothing else runs in between. */
export type Decide = <T>(decision: (now: Date) => T) => Promise<T>;

export function createMemoryState(): MemoryState {
  const undo = createUndoLog();
  return {
    undo,
    entries: createTable(undo),
    idempotency: createTable(undo),
    reachability: createTable(undo),
    turns: createTable(undo),
    keys: createTable(undo),
    accounts: createTable(undo),
    jobDays: createTable(undo),
    slots: createTable(undo),
    tickets: createTable(undo),
    blobs: createTable(undo),
    outbox: createTable(undo),
    tasks: createTable(undo),
    audit: createTable(undo),
    history: createTable(undo),
    stats: createTable(undo),
    workers: createTable(undo),
    engineChoice: createTable(undo),
    answers: createTable(undo),
    webhooks: createTable(undo),
    webhookSecrets: createTable(undo),
    deliveries: createTable(undo),
    batches: createTable(undo),
    schedules: createTable(undo),
    scheduleArchive: createTable(undo),
    egresses: createTable(undo),
    looks: createTable(undo),
    sightings: createTable(undo),
  };
}

export const allJobs = ({ entries }: MemoryState): Job[] => entries.values().map((entry) => entry.job);

/** The owner's job. */
export function findEntry({ entries }: MemoryState, id: JobId, owner: string | null): Entry | undefined {
  const entry = entries.get(id);
  return entry && (owner === null || entry.job.owner === storableText(owner)) ? entry : undefined;
}

/** The job of an attempt that still runs. */
export function runningEntry(
  { entries }: MemoryState,
  ref: { readonly jobId: JobId; readonly attempt: number },
  move: JobMove,
): Entry | undefined {
  const entry = entries.get(ref.jobId);
  return entry && entry.job.attempt === ref.attempt && canMove(entry.job.state, move) ? entry : undefined;
}

export function updateEntry({ entries }: MemoryState, entry: Entry, now: Date, changes: Partial<Job>): Job {
  const job = { ...entry.job, ...changes, updatedAt: now };
  entries.set(job.id, { ...entry, job });
  return job;
}

/** Queues a job: the only place that sets its due time and rank, and resets the attempt. */
export function enqueue(
  { entries }: MemoryState,
  entry: Entry,
  now: Date,
  due: Date | null,
  changes: Partial<Job>,
): Job {
  const at = (due ?? now).getTime();
  const job: Job = {
    ...entry.job,
    ...idle,
    waiting: null,
    ...changes,
    state: "queued",
    nextAttemptAt: due,
    updatedAt: now,
  };
  entries.set(job.id, { ...entry, job, rank: at + laneOffsetMs[job.priority], offeredAt: at });
  return job;
}

/** Queues a job now, where it was before. */
export function enqueueInPlace(state: MemoryState, entry: Entry, now: Date): Job {
  const job = enqueue(state, entry, now, null, {});
  state.entries.set(job.id, { ...entry, job, offeredAt: now.getTime() });
  return job;
}

export const later = (now: Date, ms: number): Date => new Date(now.getTime() + ms);
