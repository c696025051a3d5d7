import type { Accounts } from "../accounts/accounts.ts";
import type { Keys } from "../accounts/keys.ts";
import type { Slots } from "../accounts/slots.ts";
import type { Tickets } from "../accounts/tickets.ts";
import type { Audit } from "../audit/audit.ts";
import type { Batches } from "../batches/batches.ts";
import type { KeptLooks } from "../egress/kept-looks.ts";
import type { StoredEgresses } from "../egress/stored-egresses.ts";
import type { EngineChoices } from "../engines/engine-choices.ts";
import type { Answers } from "../idempotency/answers.ts";
import type { Attempts } from "../jobs/attempts.ts";
import type { Dispatch } from "../jobs/dispatch.ts";
import type { Jobs } from "../jobs/jobs.ts";
import type { Leases } from "../jobs/leases.ts";
import type { QueueStates } from "../jobs/queue-state.ts";
import type { Artifacts } from "../library/artifacts.ts";
import type { Blobs } from "../library/blobs.ts";
import type { Reuse } from "../library/reuse.ts";
import type { Agenda } from "../maintenance/agenda.ts";
import type { Sightings } from "../maintenance/orphans/sightings.ts";
import type { TaskLeases } from "../maintenance/task-leases.ts";
import type { DeploymentId } from "../runtime/ids.ts";
import type { Schedules } from "../schedules/schedules.ts";
import type { History } from "../stats/history.ts";
import type { Stats } from "../stats/stats.ts";
import type { Deliveries } from "../webhooks/deliveries.ts";
import type { Webhooks } from "../webhooks/webhooks.ts";
import type { Workers } from "../workers/workers.ts";
import type { Outbox } from "./outbox.ts";

/**
 * One repository for each feature. Every decision is one conditional write in one of them; queues and caches only hint.
 *
 * Time is the database's own where it has a clock: callers pass durations, so that hosts with wrong clocks agree on
 * leases. Every method is safe to call from many processes at once. Methods reject with `unavailable` when the database
 * cannot be reached; a rejected write may or may not have happened.
 */
export interface Repositories {
  readonly jobs: Jobs;
  readonly attempts: Attempts;
  readonly leases: Leases;
  readonly dispatch: Dispatch;
  readonly artifacts: Artifacts;
  readonly blobs: Blobs;
  readonly keys: Keys;
  readonly accounts: Accounts;
  readonly slots: Slots;
  readonly tickets: Tickets;
  readonly outbox: Outbox;
  readonly taskLeases: TaskLeases;
  readonly agenda: Agenda;
  readonly audit: Audit;
  readonly history: History;
  readonly stats: Stats;
  readonly workers: Workers;
  readonly engineChoices: EngineChoices;
  readonly queueStates: QueueStates;
  readonly answers: Answers;
  readonly reuse: Reuse;
  readonly webhooks: Webhooks;
  readonly deliveries: Deliveries;
  readonly batches: Batches;
  readonly schedules: Schedules;
  readonly egresses: StoredEgresses;
  readonly looks: KeptLooks;
  readonly sightings: Sightings;
}

/** The identity of one database. */
export interface Deployment {
  /** Made with the database, once and for ever; a copy of the database has the same. */
  readonly id: DeploymentId;
  readonly createdAt: Date;
}

/** The source of truth: repositories, and transactions over several of them. */
export interface Database extends Repositories {
  /**
   * Runs calls of several repositories whose writes become true together or not at all, also when the process or the
   * connection dies in between. Nobody else sees a part of it before the commit. Where it rejects, nothing was written,
   * unless the connection died during the commit itself: `unavailable` leaves that open.
   *
   * Rules for `run`:
   * - It awaits calls of `tx` and nothing else, neither the network nor a file nor this database itself: a transaction blocks
   *   all other writers of SQLite. One that awaits something else is rolled back and rejects with `internal_error`.
   * - It is retried from the start after a conflict with another transaction. It has no side effects outside of `tx`.
   * - A call that rejects rolls the transaction back, even when `run` catches the error.
   * - It decides by conditional writes, not by what it read before: what it reads may change until it writes.
   *
   * `tx` must not be used after the end.
   */
  transaction<T>(run: (tx: Repositories) => Promise<T>): Promise<T>;
  /** The deployment of this database; its id is the mark beside its files. Rejects when it cannot be read. */
  deployment(): Promise<Deployment>;
  /** Rejects unless the database answers and has the schema of this version. */
  check(signal?: AbortSignal): Promise<void>;
  /** Waits for running writes and frees the connections. */
  close(): Promise<void>;
}
