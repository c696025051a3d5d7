import { AppError } from "../../../../errors/app-error.ts";
import { type EventLog, type EventPage, type EventTopic, isShared } from "../../../../jobs/event-log.ts";
import { attemptOf, type JobEvent, jobEventTypes, type LoggedEvent } from "../../../../jobs/events.ts";
import type { Logger } from "../../../../telemetry/logger.ts";
import { createBatcher } from "../../../system/batcher.ts";
import type { MessageConnections } from "./connections.ts";
import { createEventReader } from "./event-reader.ts";
import { createEventStore, type EventAppend } from "./event-store.ts";

/** How {@link postgresEventLog} keeps events. */
export interface PostgresEventLogOptions {
  /** Events kept of a job; somewhat more may be. Default: 500. */
  readonly maxEvents?: number;
  /** Events kept of a topic of many jobs; somewhat more may be. Default: 2,000. */
  readonly maxSharedEvents?: number;
  /** How long they are kept. Default: 3,600 s. */
  readonly maxSharedSeconds?: number;
  /** A log without new events is deleted after this time, even if `expire` was never called. Default: 86,400 s. */
  readonly idleSeconds?: number;
  readonly logger?: Logger;
}

const appendsAtOnce = 256;
const allEvents = 1_000_000;

/**
 * Logs in tables of the database, for replay, and a notification for whoever listens now. A notification names events, and
 * each process that follows their topics reads them once, whatever the number of listeners; `progress` of a topic of many jobs,
 * which is not kept, is in the notification itself. Ids are `<epoch>-<n>`: the epoch is the time the log was begun, in
 * microseconds, and n counts from 1, so a place in a log that was lost is never taken for one in a new log.
 */
export function postgresEventLog(connections: MessageConnections, options: PostgresEventLogOptions = {}): EventLog {
  const { maxEvents = 500, maxSharedEvents = 2_000, maxSharedSeconds = 3_600, idleSeconds = 86_400, logger } = options;
  const store = createEventStore(connections, idleSeconds);
  const reader = createEventReader({ connections, store, toEvent, logger });
  let closed = false;
  const toJson = rememberLast((data: JobEvent["data"]) => JSON.stringify(data));
  const appends = createBatcher<EventAppend, string>(appendsAtOnce, (batch) => store.append(batch));

  const keepOf = (topic: EventTopic, type: JobEvent["type"]): number => {
    if (!isShared(topic)) return maxEvents;
    return type === "progress" ? 0 : maxSharedEvents;
  };

  return {
    async append(topic, event) {
      if (closed) throw new AppError("unavailable");
      const { jobId, attempt, isOver } = attemptOf(event);
      const { type, data } = event;
      const keep = keepOf(topic, type);
      return await appends.push({ topic, type, data: toJson(data), job: jobId, attempt, over: isOver, keep });
    },

    async read(topic, after, limit = allEvents): Promise<EventPage> {
      const place = after === undefined ? null : parsePlace(after);
      const log = await store.read(topic, place, limit, maxSharedSeconds);
      const lastId = `${log.epoch}-${log.newest}`;
      if (after === undefined) return { events: [], complete: true, lastId };
      const isInLog = place !== null && place.epoch === log.epoch && place.n <= log.newest;
      if (!isInLog || place.n < log.lost || (isShared(topic) && log.isAged)) {
        return { events: [], complete: false, lastId };
      }
      const events = log.events.flatMap(({ n, type, data }) => toEvent(`${log.epoch}-${n}`, type, data) ?? []);
      const unread = log.events.length - events.length;
      if (unread > 0) logger?.warn("a log holds events that this version cannot read", { topic, count: unread });
      const end = log.events.length < limit ? lastId : `${log.epoch}-${log.events.at(-1)?.n}`;
      return { events, complete: true, lastId: end };
    },

    async subscribe(topic, listener) {
      if (closed) throw new AppError("unavailable");
      return await reader.subscribe(topic, listener);
    },

    expire: (topic, seconds) => store.expire(topic, seconds),
    remove: (topic) => store.remove(topic),
    removeExpired: (limit) => store.removeExpired(limit),

    async check(signal) {
      signal?.throwIfAborted();
      await store.newest([]);
    },

    async close() {
      if (closed) return;
      closed = true;
      await appends.idle();
      await reader.close();
    },
  };
}

/** Parses a position; null for a foreign text (clients may send anything). */
function parsePlace(text: string): { readonly epoch: number; readonly n: number } | null {
  const match = /^(\d{1,16})-(\d{1,15})$/.exec(text);
  return match === null ? null : { epoch: Number(match[1]), n: Number(match[2]) };
}

const knownTypes: ReadonlySet<string> = new Set(jobEventTypes);

/** An event as it was appended; null for a type this version does not know. */
function toEvent(id: string, type: string, data: string): LoggedEvent | null {
  if (!knownTypes.has(type)) return null;
  try {
    return { id, type, data: JSON.parse(data) } as LoggedEvent;
  } catch {
    return null;
  }
}

/** The function with its last result kept: an event goes to several topics one right after the other. */
function rememberLast<From, To>(make: (from: From) => To): (from: From) => To {
  let last: { readonly from: From; readonly to: To } | undefined;
  return (from) => {
    if (last === undefined || last.from !== from) last = { from, to: make(from) };
    return last.to;
  };
}
