import type { JobId } from "../runtime/ids.ts";
import type { JobEvent, LoggedEvent } from "./events.ts";

/** What was in the log after a place. */
export interface EventPage {
  /** In order, oldest first. */
  readonly events: readonly LoggedEvent[];
  /** False when events after the given place are no longer there (or the place is unknown): start over from the store. */
  readonly complete: boolean;
  /** The newest place in the log at this moment; give it to `read` to get only what comes later. Valid also for an empty log. */
  readonly lastId: string;
}

/**
 * The recent events of each job, in order, for replay. Promised: ids are unique within a job and the log orders them;
 * an event that was appended is readable until it is trimmed or expires; a subscriber hears of every event appended
 * after its subscription, in order, while the backing service is up.
 * Not promised: that the log survives its backing service. Truth is in the job store; followers fall back to it.
 */
export interface EventLog {
  /**
   * Appends and numbers the event; returns its id, two numbers `a-b` that grow (see `compareEventIds`). Old events beyond the
   * cap are trimmed. An event of a running attempt that comes after one which says that the attempt is over (see `attemptOf`)
   * is dropped, and the newest id is returned.
   */
  append(jobId: JobId, event: JobEvent): Promise<string>;
  /** Events after `after`; without `after`, only the newest place is of interest and `events` is empty. */
  read(jobId: JobId, after?: string): Promise<EventPage>;
  /**
   * Calls the listener with each event as it is appended by any process. Resolves once the subscription holds, so that
   * subscribe-then-read misses nothing. The listener must not throw; a null means that events may have been missed (for
   * example after a reconnect), read again.
   */
  subscribe(jobId: JobId, listener: (event: LoggedEvent | null) => void): Promise<() => void>;
  /** Deletes the job's events after this many seconds; called when the job is over. */
  expire(jobId: JobId, seconds: number): Promise<void>;
  /** Deletes the job's events now. */
  remove(jobId: JobId): Promise<void>;
  /** Rejects unless the backing service answers. */
  check(signal?: AbortSignal): Promise<void>;
  close(): Promise<void>;
}
