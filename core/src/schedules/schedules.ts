import type { ScheduleId } from "../runtime/ids.ts";
import type { Schedule, ScheduleState } from "./schedule.ts";

/** A schedule that does not exist yet; it is active. */
export type NewSchedule = Pick<
  Schedule,
  "id" | "owner" | "name" | "runAt" | "cron" | "timeZone" | "download" | "batch" | "onlyNew" | "nextRunAt"
>;

/** What may change of a schedule; absent fields stay as they are. */
export type ScheduleChanges = Partial<Omit<Schedule, "id" | "owner" | "createdAt" | "updatedAt">>;

/** A position in the list, newest first: the last schedule of the page before. */
export interface ScheduleCursor {
  readonly createdAt: Date;
  readonly id: ScheduleId;
}

export interface ScheduleQuery {
  /** null: of every owner. */
  readonly owner: string | null;
  readonly state?: ScheduleState;
  readonly after?: ScheduleCursor;
  readonly limit: number;
}

/** A schedule that is due, as a position in the list of those. */
export interface DueSchedule {
  readonly id: ScheduleId;
  readonly nextRunAt: Date;
}

/** A schedule that nobody else changes until the transaction ends, and the time by the store's clock. */
export interface LockedSchedule {
  readonly schedule: Schedule;
  readonly now: Date;
}

/** A video, by what it is recognised by. */
export interface TakenMedia {
  readonly extractor: string;
  readonly mediaId: string;
}

/** The clock of the store may be set back by less without anybody noticing, in milliseconds. */
export const runToleranceMs = 60_000;

/** The schedules of owners. What is due is found by an index: it costs the same however many there are that are not. */
export interface Schedules {
  insert(schedule: NewSchedule): Promise<Schedule>;
  /** The schedule, or null when there is none or it belongs to another owner. `owner: null` reads any. */
  get(id: ScheduleId, owner: string | null): Promise<Schedule | null>;
  /** A page, newest first. */
  list(query: ScheduleQuery): Promise<readonly Schedule[]>;
  /** How many an owner has, counted up to a number. */
  count(owner: string, upTo: number): Promise<number>;
  /** The same as `get`, and within a transaction nobody else changes or deletes it until that ends. */
  lock(id: ScheduleId, owner: string | null): Promise<LockedSchedule | null>;
  /** Changes one that the same transaction has locked. Null when there is none. */
  update(id: ScheduleId, changes: ScheduleChanges): Promise<Schedule | null>;
  /** Of these those that the schedule has not taken before, and notes them as taken. Call it with the schedule locked. */
  take(id: ScheduleId, media: readonly TakenMedia[]): Promise<readonly TakenMedia[]>;
  /** Deletes it; what it made stays. False when there is none. */
  remove(id: ScheduleId, owner: string | null): Promise<boolean>;
  /** Those that are due by the store's clock, the longest due first. */
  due(limit: number, after?: DueSchedule): Promise<readonly DueSchedule[]>;
  /**
   * Active ones whose latest run is more than `toleranceMs` in the future by the store's clock: they ran while it was
   * wrong, and their next time was computed from that.
   */
  ranInFuture(toleranceMs: number, limit: number): Promise<readonly ScheduleId[]>;
}
