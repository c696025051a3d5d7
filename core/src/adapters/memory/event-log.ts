import { clearInterval, setInterval } from "node:timers";
import { AppError } from "../../errors/app-error.ts";
import { type EventLog, type EventPage, type EventTopic, isShared } from "../../jobs/event-log.ts";
import { attemptOf, type EventAttempt, isOutdated, type JobEvent, type LoggedEvent } from "../../jobs/events.ts";
import type { Clock } from "../../runtime/clock.ts";

/** How {@link memoryEventLog} keeps events. */
export interface MemoryEventLogOptions {
  readonly clock: Clock;
  /** Events kept of a job. Default: 500. */
  readonly maxEvents?: number;
  /** Events kept of a topic of many jobs. Default: 2,000. */
  readonly maxSharedEvents?: number;
  /** How long they are kept. Default: 3,600 s. */
  readonly maxSharedSeconds?: number;
  /** Topics whose events are kept; beyond that the least recently used one is dropped. Default: 10,000. */
  readonly maxTopics?: number;
  /**
   * Events kept of all topics together, beyond which the least recently used ones are dropped as well: ten thousand jobs with
   * five hundred events each would take gigabytes. Default: 50,000, some 40 MB.
   */
  readonly maxTotalEvents?: number;
}

interface TopicLog {
  /** `at`: when it was appended, in milliseconds since 1970. */
  readonly events: { readonly n: number; readonly at: number; readonly event: LoggedEvent }[];
  /** The latest attempt of each job, in the order of their last event; as many as there may be events. */
  readonly attempts: Map<string, EventAttempt>;
  /** Number of the newest event that is no longer there; 0 when none was lost. */
  lostThrough: number;
  /** Milliseconds since 1970; null while nothing has set an end. */
  expiresAt: number | null;
}

const sweepMs = 30_000;

/**
 * The event log of a single process. Nothing outlives it: an id from before a restart is recognised as unknown.
 *
 * Ids are `<process>-<n>`, where n counts all events of the process, so one number tells how much of the past is gone.
 * Its one timer runs only while something is due to expire, and does not keep the process alive.
 */
export function memoryEventLog(options: MemoryEventLogOptions): EventLog {
  const { clock, maxEvents = 500, maxSharedEvents = 2_000, maxSharedSeconds = 3_600 } = options;
  const { maxTopics = 10_000, maxTotalEvents = 50_000 } = options;
  // Microseconds since 1970 at which this log began: grows from process to process, so later ids are greater.
  const epoch = String(Math.floor((performance.timeOrigin + performance.now()) * 1000));
  // Kept in the order of their last event, so that the first one is the quietest.
  const logs = new Map<EventTopic, TopicLog>();
  const listeners = new Map<EventTopic, Set<(event: LoggedEvent) => void>>();
  let newest = 0;
  /** Events of all logs. */
  let total = 0;
  /** Newest event of any log that was forgotten as a whole: places before it may have missed some. */
  let forgottenThrough = 0;
  let sweeper: ReturnType<typeof setInterval> | null = null;
  let closed = false;

  const idOf = (n: number): string => `${epoch}-${n}`;

  const forget = (topic: EventTopic): void => {
    const log = logs.get(topic);
    if (log === undefined) return;
    logs.delete(topic);
    total -= log.events.length;
    forgottenThrough = Math.max(forgottenThrough, log.events.at(-1)?.n ?? log.lostThrough);
  };

  const sweep = (): void => {
    const now = clock.now().getTime();
    let later = false;
    for (const [topic, log] of logs) {
      if (log.expiresAt === null) continue;
      if (log.expiresAt <= now) forget(topic);
      else later = true;
    }
    if (later && sweeper === null) {
      sweeper = setInterval(sweep, sweepMs);
      (sweeper as { unref?: () => void }).unref?.();
    }
    if (!later && sweeper !== null) {
      clearInterval(sweeper);
      sweeper = null;
    }
  };

  const living = (topic: EventTopic): TopicLog | null => {
    const log = logs.get(topic);
    if (log === undefined) return null;
    if (log.expiresAt === null || log.expiresAt > clock.now().getTime()) return log;
    forget(topic);
    return null;
  };

  const trim = (topic: EventTopic, log: TopicLog, now: number): void => {
    const shared = isShared(topic);
    const since = shared ? now - maxSharedSeconds * 1_000 : Number.NEGATIVE_INFINITY;
    const most = shared ? maxSharedEvents : maxEvents;
    for (let [oldest] = log.events; oldest !== undefined; [oldest] = log.events) {
      if (log.events.length <= most && oldest.at >= since) return;
      log.events.shift();
      total -= 1;
      log.lostThrough = oldest.n;
    }
  };

  const placeOf = (after: string): number | null => {
    const match = /^(\d{1,16})-(\d{1,15})$/.exec(after);
    const n = Number(match?.[2]);
    return match?.[1] === epoch && n <= newest ? n : null;
  };

  return {
    async append(topic, event: JobEvent) {
      if (closed) throw new AppError("unavailable");
      const log: TopicLog = living(topic) ?? {
        events: [],
        attempts: new Map(),
        lostThrough: forgottenThrough,
        expiresAt: null,
      };
      const attempt = attemptOf(event);
      const latest = log.attempts.get(attempt.jobId);
      if (latest !== undefined && isOutdated(attempt, latest)) return idOf(newest);
      log.attempts.delete(attempt.jobId);
      log.attempts.set(attempt.jobId, attempt);
      for (const quietest of log.attempts.keys()) {
        if (log.attempts.size <= (isShared(topic) ? maxSharedEvents : maxEvents)) break;
        log.attempts.delete(quietest);
      }
      const now = clock.now().getTime();
      // More is coming, so the end that was set is none. That of an owner's log moves on with its events.
      log.expiresAt = isShared(topic) ? now + maxSharedSeconds * 1_000 : null;
      logs.delete(topic);
      logs.set(topic, log);
      newest += 1;
      const logged: LoggedEvent = { ...event, id: idOf(newest) };
      if (!isShared(topic) || event.type !== "progress") {
        log.events.push({ n: newest, at: now, event: logged });
        total += 1;
      }
      trim(topic, log, now);
      if (isShared(topic) && sweeper === null) sweep();
      // The map is in the order of last events, so the quietest come first; to delete while iterating is allowed.
      for (const quietest of logs.keys()) {
        if (logs.size <= maxTopics && (total <= maxTotalEvents || quietest === topic)) break;
        forget(quietest);
      }
      for (const listener of [...(listeners.get(topic) ?? [])]) listener(logged);
      return logged.id;
    },

    async read(topic, after, limit = Number.POSITIVE_INFINITY): Promise<EventPage> {
      const log = living(topic);
      if (log !== null) trim(topic, log, clock.now().getTime());
      const lastId = idOf(newest);
      if (after === undefined) return { events: [], complete: true, lastId };
      const place = placeOf(after);
      if (place === null || place < (log?.lostThrough ?? forgottenThrough)) {
        return { events: [], complete: false, lastId };
      }
      const events = (log?.events ?? [])
        .filter((entry) => entry.n > place)
        .slice(0, limit)
        .map((entry) => entry.event);
      return { events, complete: true, lastId: events.length < limit ? lastId : (events.at(-1)?.id ?? lastId) };
    },

    async subscribe(topic, listen) {
      if (closed) throw new AppError("unavailable");
      const own = listeners.get(topic) ?? new Set();
      // Wrapped, so that one function may listen twice.
      const listener = (event: LoggedEvent): void => listen(event);
      own.add(listener);
      listeners.set(topic, own);
      return () => {
        own.delete(listener);
        if (own.size === 0 && listeners.get(topic) === own) listeners.delete(topic);
      };
    },

    async expire(topic, seconds) {
      const log = living(topic);
      if (log === null) return;
      log.expiresAt = clock.now().getTime() + seconds * 1_000;
      sweep();
    },

    async remove(topic) {
      forget(topic);
    },

    // The log's own timer does it.
    removeExpired: async () => 0,

    async check(signal) {
      signal?.throwIfAborted();
      if (closed) throw new AppError("unavailable");
    },

    async close() {
      closed = true;
      total = 0;
      if (sweeper !== null) clearInterval(sweeper);
      sweeper = null;
      logs.clear();
      listeners.clear();
    },
  };
}
