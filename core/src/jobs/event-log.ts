import type { BatchId, JobId } from "../runtime/ids.ts";
import type { JobEvent, JobEventType, LoggedEvent } from "./events.ts";
import type { Job } from "./job.ts";

/**
 * What a log is about. `job:` and an id: one job, whose log also ends with it. `batch:` and an id, `owner:` and a name: every
 * job of a batch or an owner in one log, for followers that would else have to read the logs of all of them.
 */
export type EventTopic = `job:${JobId}` | `batch:${string}` | `owner:${string}`;

/** The topic of one job. */
export const jobTopic = (id: JobId): EventTopic => `job:${id}`;

/** The topic of every job of an owner. */
export const ownerTopic = (owner: string): EventTopic => `owner:${owner}`;

/** The topic of a batch and its jobs. */
export const batchTopic = (id: BatchId): EventTopic => `batch:${id}`;

/** The topics that an event of a job belongs to. Followers of a batch get no `progress` of its jobs. */
export function topicsOf(
  { id, owner, batchId }: Pick<Job, "id" | "owner" | "batchId">,
  type: JobEventType,
): readonly EventTopic[] {
  const own = [jobTopic(id), ownerTopic(owner)];
  return type === "job" && batchId !== null ? [...own, batchTopic(batchId)] : own;
}

/** Whether the topic carries events of many jobs. Its log keeps no `progress`; see {@link EventLog}. */
export const isShared = (topic: EventTopic): boolean => !topic.startsWith("job:");

/** The events after a position in the log. */
export interface EventPage {
  /** In order, oldest first. */
  readonly events: readonly LoggedEvent[];
  /** False when events after the given position were trimmed (or the position is unknown): start over from the store. */
  readonly complete: boolean;
  /**
   * Pass it to `read` to get only later events. The current end of the log, also of an empty one; when `limit` events were
   * read, the last of them.
   */
  readonly lastId: string;
}

/**
 * The recent events of each topic, in order, for replay. Promised: ids are unique within a topic and the log orders them;
 * an event that was appended is readable until it is trimmed or expires; a subscriber gets every event appended
 * after its subscription, in order, while the backing service is up.
 *
 * A topic of many jobs (`batch:`, `owner:`) keeps no `progress`: subscribers get it, and it has an id from which a reader may
 * resume, but it is not read again. Otherwise the progress of busy jobs would push what happened out of the log within
 * seconds. Such a topic is trimmed by age too.
 *
 * Not promised: that the log survives its backing service, and an order between topics: the same event has another id in
 * each. The store is the source of truth; followers fall back to it.
 */
export interface EventLog {
  /**
   * Appends and numbers the event; returns its id, two numbers `a-b` that grow (see `compareEventIds`). Old events beyond the
   * cap are trimmed. An outdated event is dropped, and the newest id returned: an event of a running attempt after one of
   * the same job which says that the attempt is over, and any event of an attempt after one of a later attempt (see
   * `attemptOf`). So writers need not wait for each other.
   */
  append(topic: EventTopic, event: JobEvent): Promise<string>;
  /** Events after `after`, the first `limit` of them; without `after`, `events` is empty and only `lastId` is of use. */
  read(topic: EventTopic, after?: string, limit?: number): Promise<EventPage>;
  /**
   * Calls the listener with each event as it is appended by any process. Resolves once the subscription holds, so that
   * subscribe-then-read misses nothing. The listener must not throw; a null means that events may have been missed (for
   * example after a reconnect), read again.
   */
  subscribe(topic: EventTopic, listener: (event: LoggedEvent | null) => void): Promise<() => void>;
  /** Deletes the topic's events after this many seconds, unless more are appended; called when a job is over. */
  expire(topic: EventTopic, seconds: number): Promise<void>;
  /** Deletes the topic's events now. */
  remove(topic: EventTopic): Promise<void>;
  /**
   * Deletes what has expired, `limit` topics at most, and gives their number. For backing services that delete nothing by
   * themselves; the others have nothing to do.
   */
  removeExpired(limit: number): Promise<number>;
  /** Rejects unless the backing service answers. */
  check(signal?: AbortSignal): Promise<void>;
  close(): Promise<void>;
}
