import { AppError } from "../../errors/app-error.ts";
import type { EventLog, EventPage, EventTopic } from "../../jobs/event-log.ts";
import { attemptOf, type EventAttempt, type JobEvent, type LoggedEvent } from "../../jobs/events.ts";
import type { Logger } from "../../telemetry/logger.ts";
import { createBatcher } from "./batcher.ts";
import { appendScript, readScript } from "./event-scripts.ts";
import { type RedisHub, redisHub } from "./hub.ts";
import { isUnknownScript, runScript } from "./script.ts";

/** How {@link redisEventLog} is set up. Either `url` or `hub`. */
export interface RedisEventLogOptions {
  /** `redis://…` or `rediss://…`; for connections of the log's own. */
  readonly url?: string;
  /** Connections shared with others of this process. */
  readonly hub?: RedisHub;
  /** Start of all keys and channels. Default `vidferry`. */
  readonly prefix?: string;
  /** Events kept of a topic; Redis may keep somewhat more. Default 500. */
  readonly maxEvents?: number;
  /** A log without new events is deleted after this time, even if `expire` was never called. Default 86,400 s. */
  readonly idleSeconds?: number;
  readonly logger?: Logger;
}

interface Append extends EventAttempt {
  readonly topic: EventTopic;
  readonly type: JobEvent["type"];
  readonly data: string;
}

const emptyPlace = "0-0";
const appendsAtOnce = 256;

/**
 * A stream a topic for replay, and a channel a topic for whoever listens now. One subscriber connection serves all listeners
 * of the process; after it was lost each listener hears null and reads again.
 *
 * Each event is serialised once by its writer and parsed once by each process that listens.
 */
export function redisEventLog(options: RedisEventLogOptions): EventLog {
  const { prefix = "vidferry", maxEvents = 500, idleSeconds = 86_400, logger } = options;
  const hub = options.hub ?? ownHub(options);
  const { commands } = hub;
  const release = hub.use();
  const stops = new Set<() => void>();
  let closed = false;
  const keyOf = (topic: EventTopic): string => `${prefix}:ev:{${tagOf(topic)}}`;

  const appends = createBatcher<Append, string | Error>(appendsAtOnce, (batch) =>
    commands.run(
      async (client) => {
        const ids: (string | Error)[] = [];
        // In a loop for the script alone: the server may have forgotten it.
        for (let rest = batch; rest.length > 0; rest = batch.slice(ids.length)) {
          const pipeline = client.pipeline();
          for (const { topic, jobId, type, data, attempt, isOver } of rest) {
            const key = keyOf(topic);
            const keys = isOfOneJob(topic) ? [key] : [key, `${key}:${jobId}`];
            const args = [key, type, data, maxEvents, idleSeconds, attempt, isOver ? 1 : 0];
            pipeline.evalsha(appendScript.sha, keys.length, ...keys, ...args);
          }
          const replies = (await pipeline.exec()) ?? [];
          for (const [error, id] of replies) {
            if (isUnknownScript(error)) break;
            ids.push(error ?? String(id));
          }
          if (ids.length < batch.length) await client.script("LOAD", appendScript.lua);
        }
        return ids;
      },
      { once: true },
    ),
  );

  return {
    async append(topic, event) {
      if (closed) throw new AppError("unavailable");
      const id = await appends.push({ topic, type: event.type, data: JSON.stringify(event.data), ...attemptOf(event) });
      if (id instanceof Error) throw new AppError("unavailable", undefined, { cause: id });
      return id;
    },

    async read(topic, after): Promise<EventPage> {
      const place = after === undefined ? null : parsePlace(after);
      const from = place === null ? "" : `${place.epoch}-${place.n}`;
      const reply = await commands.run((client) => runScript(client, readScript, [keyOf(topic)], [from]));
      const [lastId, oldestId, flat] = reply as readonly [string, string, readonly string[]];
      if (after === undefined) return { events: [], complete: true, lastId };
      if (place === null || !isComplete(place, oldestId, lastId)) return { events: [], complete: false, lastId };
      const events: LoggedEvent[] = [];
      for (let i = 0; i + 2 < flat.length; i += 3) {
        const event = toEvent(flat[i] ?? "", flat[i + 1] ?? "", flat[i + 2] ?? "");
        if (event !== null) events.push(event);
      }
      return { events, complete: true, lastId };
    },

    async subscribe(topic, listener) {
      if (closed) throw new AppError("unavailable");
      const stop = await hub.subscriber.subscribe(keyOf(topic), (message) => {
        const event = message === null ? null : parseMessage(message);
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
      await commands.run((client) => client.del(keyOf(topic)));
    },

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

const isOfOneJob = (topic: EventTopic): boolean => topic.startsWith("job:");

/**
 * The hash tag of a topic's keys: in a cluster the logs spread over the nodes. A job's is its bare id, as it was before there
 * were other topics, so that processes of both kinds share the logs of jobs during an upgrade.
 */
const tagOf = (topic: EventTopic): string => (isOfOneJob(topic) ? topic.slice("job:".length) : topic);

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
  return toEvent(message.slice(0, idEnd), message.slice(idEnd + 1, typeEnd), message.slice(typeEnd + 1));
}

/** An event as it was appended; null for a type this version does not know. */
function toEvent(id: string, type: string, data: string): LoggedEvent | null {
  if (type !== "job" && type !== "progress") return null;
  try {
    return { id, type, data: JSON.parse(data) } as LoggedEvent;
  } catch {
    return null;
  }
}
