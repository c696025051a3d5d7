import type { BatchId, ScheduleId } from "../runtime/ids.ts";
import type { Batch, BatchEntry, BatchState } from "./batch.ts";

/** A batch that does not exist yet. */
export type NewBatch = Pick<
  Batch,
  | "id"
  | "owner"
  | "title"
  | "source"
  | "request"
  | "labels"
  | "maxAttempts"
  | "scheduleId"
  | "onlyNew"
  | "checkpoint"
  | "requestId"
  | "traceparent"
>;

/** An expansion: the batch, and the number that fences its writes. */
export type ExpansionRef = Pick<Batch, "id" | "expansion">;

/** A position in the list, newest first. */
export interface BatchCursor {
  readonly createdAt: Date;
  readonly id: BatchId;
}

export interface BatchQuery {
  /** null: of every owner. */
  readonly owner: string | null;
  readonly states?: readonly BatchState[];
  readonly scheduleId?: ScheduleId;
  readonly after?: BatchCursor;
  readonly limit: number;
}

/** What an expansion changes of its batch. */
export type Expanded = Partial<Pick<Batch, "title" | "checkpoint" | "error" | "failures">> & {
  /** Absent: it goes on. */
  readonly state?: Extract<BatchState, "running">;
};

/**
 * The batches and their entries. Jobs are children by their `batchId`; how many are in which state is counted when it is asked
 * for, and never kept.
 */
export interface Batches {
  /** Writes a new batch, `expanding`, due at once. */
  insert(batch: NewBatch): Promise<Batch>;
  /** The batch, or null when there is none or it belongs to another owner. `owner: null` reads any. */
  get(id: BatchId, owner: string | null): Promise<Batch | null>;
  /** A page, newest first. */
  list(query: BatchQuery): Promise<readonly Batch[]>;
  /** Deletes the batch with its entries; its jobs stay. False when there is none. */
  remove(id: BatchId, owner: string | null): Promise<boolean>;
  /** Deletes batches that were over this long ago and of which no job is left; returns how many. */
  removeOld(keptMs: number, limit: number): Promise<number>;

  /**
   * Takes a batch whose expansion is due and which nobody holds, the longest due first. Its number grows by one; others may
   * take it when the lease is over. One that is due in more than a day was postponed by a clock that was wrong, and is due too.
   */
  claim(leaseMs: number): Promise<Batch | null>;
  /** Renews the lease, and within a transaction holds the batch until its end. False: it was superseded, or is over. */
  hold(ref: ExpansionRef, leaseMs: number): Promise<boolean>;
  /** Writes how far an expansion is. Call it after {@link hold} in the same transaction. */
  expanded(ref: ExpansionRef, changes: Expanded): Promise<void>;
  /** Gives the expansion back, due after `delayMs`. Nothing when it was superseded. */
  postpone(ref: ExpansionRef, delayMs: number): Promise<void>;
  /** Writes entries that are not there yet, by their keys, and returns which those are. */
  addEntries(id: BatchId, entries: readonly BatchEntry[]): Promise<readonly BatchEntry[]>;
  /** The first entries of which jobs are still to be made. */
  waiting(id: BatchId, limit: number): Promise<readonly BatchEntry[]>;
  /** Jobs were made of these. */
  markMade(id: BatchId, entries: readonly BatchEntry[]): Promise<void>;
  /** How many jobs were made of entries. */
  countMade(id: BatchId): Promise<number>;
  /** Drops the entries of which no job was made yet. */
  dropWaiting(id: BatchId): Promise<void>;
  /** Entries that were skipped, in order, after a position. */
  skipped(id: BatchId, limit: number, after?: number): Promise<readonly BatchEntry[]>;

  /** Ends the batch and its expansion at once, unless it is over; null when it is, or there is none. */
  cancel(id: BatchId, owner: string | null): Promise<Batch | null>;
  /**
   * Takes a batch up again: it is `running`, or `expanding` when its list was not read to its end. Null when there is none. A retry
   * of one of its jobs takes it up as well, `running`.
   */
  reopen(id: BatchId, owner: string | null): Promise<Batch | null>;
  /**
   * Ends batches that are `running` and whose jobs have all ended: `finished`, or `failed` when the list could not be read to its
   * end. Writes the deliveries of it in the same transaction, and returns them.
   */
  settle(limit: number): Promise<readonly Batch[]>;
}
