import { AppError } from "../../errors/app-error.ts";
import { type EventLog, type EventPage, type EventTopic, isShared } from "../../jobs/event-log.ts";
import { attemptOf, type EventAttempt, type JobEvent, jobEventTypes, type LoggedEvent } from "../../jobs/events.ts";
import type { Logger } from "../../telemetry/logger.ts";
import { createBatcher } from "../system/batcher.ts";
import { appendScript, readScript } from "./event-scripts.ts";
import { type RedisHub, redisHub } from "./hub.ts";
import { isUnknownScript, runScript } from "./script.ts";
import { appendSharedScript, readSharedScript } from "./shared-event-scripts.ts";

/** How {@link redisEventLog} is set up. Either `url` or `hub`. */
export interface RedisEventLogOptions {
  /** `redis://…` or `rediss://…`; for connections of the log's own. */
  readonly url?: string;
  /** Connections shared with others of this process. */
  readonly hub?: RedisHub;
  /** Start of all keys and channels. Default: `vidferry`. */
  readonly prefix?: string;
  /** Events kept of a job; Redis may keep somewhat more. Default: 500. */
  readonly maxEvents?: number;
  /** Events kept of a topic of many jobs; Redis may keep somewhat more. Default: 2,000. */
  readonly maxSharedEvents?: number;
  /** How long they are kept. Default: 3,600 s. */
  readonly maxSharedSeconds?: number;
  /** A log without new events is deleted after this time, even if `expire` was never called. Default: 86,400 s. */
  readonly idleSeconds?: number;
  readonly logger?: Logger;
}

interface Append extends EventAttempt {
  readonly topic: EventTopic;
  readonly type: JobEvent["type"];
  readonly data: JobEvent["data"];
}

const emptyPlace = "0-0";
const appendsAtOnce = 256;
const allEvents = 1_000_000;

/**
 * A stream a topic for replay, and a channel a topic for whoever listens now. One subscriber connection serves all listeners
 * of the process; after it was lost each listener hears null and reads again.
 *
 * Each event is serialised once by its writer, whatever the number of its topics, and parsed once by each process that
 * listens, whatever the number of listeners.
 */
export function redisEventLog(options: RedisEventLogOptions): EventLog {
  const { prefix = "vidferry", maxEvents = 500, idleSeconds = 86_400, logger } = options;
  const { maxSharedEvents = 2_000, maxSharedSeconds = 3_600 } = options;
  const hub = options.hub ?? ownHub(options);
  const { commands } = hub;
  const release = hub.use();
  const stops = new Set<() => void>();
  let closed = false;
  const keyOf = (topic: EventTopic): string => `${prefix}:ev:{${tagOf(topic)}}`;

  const toJson = rememberLast((data: JobEvent["data"]) => JSON.stringify(data));
  const toEvent = rememberLast(parseMessage);

  /** The script that appends an event, its keys and its arguments. */
  const commandOf = ({ topic, jobId, type, data, attempt, isOver }: Append) => {
    const key = keyOf(topic);
    const over = isOver ? 1 : 0;
    if (!isShared(topic)) {
      const args = [key, type, toJson(data), maxEvents, idleSeconds, attempt, over];
      return { sha: appendScript.sha, keys: [key], args };
    }
    const keep = type === "progress" ? 0 : maxSharedEvents;
    const args = [key, type, toJson(data), keep, idleSeconds, attempt, over, maxSharedSeconds * 1_000];
    return { sha: appendSharedScript.sha, keys: [key, placeKeyOf(key), `${key}:${jobId}`], args };
  };

  const appends = createBatcher<Append, string | Error>(appendsAtOnce, (batch) =>
    commands.run(
      async (client) => {
        const ids: (string | Error)[] = [];
        // In a loop for the scripts alone: the server may have forgotten them.
        for (let rest = batch; rest.length > 0; rest = batch.slice(ids.length)) {
          const pipeline = client.pipeline();
          for (const append of rest) {
            const { sha, keys, args } = commandOf(append);
            pipeline.evalsha(sha, keys.length, ...keys, ...args);
          }
          const replies = (await pipeline.exec()) ?? [];
          for (const [error, id] of replies) {
            if (isUnknownScript(error)) break;
            ids.push(error ?? String(id));
          }
          if (ids.length === batch.length) break;
          for (const { lua } of [appendScript, appendSharedScript]) await client.script("LOAD", lua);
        }
        return ids;
      },
      { once: true },
    ),
  );

  return {
    async append(topic, event) {
      if (closed) throw new AppError("unavailable");
      const id = await appends.push({ topic, type: event.type, data: event.data, ...attemptOf(event) });
      if (id instanceof Error) throw new AppError("unavailable", undefined, { cause: id });
      return id;
    },

    async read(topic, after, limit = allEvents): Promise<EventPage> {
      const place = after === undefined ? null : parsePlace(after);
      const from = place === null ? "" : `${place.epoch}-${place.n}`;
      const key = keyOf(topic);
      const [script, keys, args] = isShared(topic)
        ? ([readSharedScript, [key, placeKeyOf(key)], [from, limit, idleSeconds]] as const)
        : ([readScript, [key], [from, limit]] as const);
      const reply = await commands.run((client) => runScript(client, script, keys, args));
      const [lastId, oldest, flat] = reply as readonly [string, string, readonly string[]];
      if (after === undefined) return { events: [], complete: true, lastId };
      // A log of many jobs has gaps between its numbers, so its script says what is complete.
      const complete = place !== null && (isShared(topic) ? oldest === "complete" : isComplete(place, oldest, lastId));
      if (!complete) return { events: [], complete, lastId };
      const events: LoggedEvent[] = [];
      for (let i = 0; i + 2 < flat.length; i += 3) {
        const event = parseEvent(flat[i] ?? "", flat[i + 1] ?? "", flat[i + 2] ?? "");
        if (event !== null) events.push(event);
      }
      const unread = flat.length / 3 - events.length;
      if (unread > 0) logger?.warn("a log holds events that this version cannot read", { topic, count: unread });
      return { events, complete, lastId: flat.length < 3 * limit ? lastId : (flat.at(-3) ?? lastId) };
    },

    async subscribe(topic, listener) {
      if (closed) throw new AppError("unavailable");
      const stop = await hub.subscriber.subscribe(keyOf(topic), (message) => {
        const event = message === null ? null : toEvent(message);
        if (message !== null && event === null) {
          logger?.warn("a message that is not an event came over an event channel", { topic });
          return;
        }
        listener(event);
      });
      stops.add(stop);
      return () => {
        if (stops.delete(stop)) stop();
      };
    },

    async expire(topic, seconds) {
      await commands.run((client) => client.expire(keyOf(topic), Math.max(0, Math.ceil(seconds))));
    },

    async remove(topic) {
      const key = keyOf(topic);
      await commands.run((client) => client.del(key, placeKeyOf(key)));
    },

    // Every key has an end.
    removeExpired: async () => 0,

    async check(signal) {
      signal?.throwIfAborted();
      await commands.run((client) => client.ping());
    },

    async close() {
      if (closed) return;
      closed = true;
      await appends.idle();
      for (const stop of stops) stop();
      stops.clear();
      release();
    },
  };
}

function ownHub({ url, logger }: RedisEventLogOptions): RedisHub {
  if (url === undefined) throw new Error("redisEventLog needs a url or a hub");
  return redisHub({ url, ...(logger && { logger }) });
}

/** Where a log of many jobs counts its events. */
const placeKeyOf = (key: string): string => `${key}:place`;

/** The function with its last result kept: an event goes to several topics and listeners one right after the other. */
function rememberLast<From, To>(make: (from: From) => To): (from: From) => To {
  let last: { readonly from: From; readonly to: To } | undefined;
  return (from) => {
    if (last === undefined || last.from !== from) last = { from, to: make(from) };
    return last.to;
  };
}

/**
 * The hash tag of a topic's keys: in a cluster the logs spread over the nodes. A job's is its bare id, as it was before there
 * were other topics, so that processes of both kinds share the logs of jobs during an upgrade.
 */
const tagOf = (topic: EventTopic): string => (isShared(topic) ? topic : topic.slice("job:".length));

interface Place {
  readonly epoch: number;
  readonly n: number;
}

/** Parses a position; null for a foreign text (clients may send anything). */
function parsePlace(text: string): Place | null {
  const match = /^(\d{1,16})-(\d{1,15})$/.exec(text);
  return match === null ? null : { epoch: Number(match[1]), n: Number(match[2]) };
}

/** Whether everything after the place is still in the log between these ids. */
function isComplete(place: Place, oldestId: string, lastId: string): boolean {
  const oldest = parsePlace(oldestId);
  const last = parsePlace(lastId);
  if (oldest === null || last === null) return false;
  // The place before the first event of a log that was empty.
  if (place.epoch === 0 && place.n === 0) return lastId === emptyPlace || oldest.n === 1;
  return place.epoch === oldest.epoch && place.n >= oldest.n - 1 && place.n <= last.n;
}

function parseMessage(message: string): LoggedEvent | null {
  const idEnd = message.indexOf(" ");
  const typeEnd = message.indexOf(" ", idEnd + 1);
  if (idEnd < 1 || typeEnd < 0) return null;
  return parseEvent(message.slice(0, idEnd), message.slice(idEnd + 1, typeEnd), message.slice(typeEnd + 1));
}

const knownTypes: ReadonlySet<string> = new Set(jobEventTypes);

/** An event as it was appended; null for a type this version does not know. */
function parseEvent(id: string, type: string, data: string): LoggedEvent | null {
  if (!knownTypes.has(type)) return null;
  try {
    return { id, type, data: JSON.parse(data) } as LoggedEvent;
  } catch {
    return null;
  }
}
