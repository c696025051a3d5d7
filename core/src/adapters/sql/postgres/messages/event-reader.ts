import type { EventTopic } from "../../../../jobs/event-log.ts";
import type { LoggedEvent } from "../../../../jobs/events.ts";
import type { Logger } from "../../../../telemetry/logger.ts";
import { sleep } from "../../../system/sleep.ts";
import type { MessageConnections } from "./connections.ts";
import { type EventPlace, type EventStore, keyOf } from "./event-store.ts";

type EventListener = (event: LoggedEvent | null) => void;

export interface EventReaderOptions {
  readonly connections: MessageConnections;
  readonly store: EventStore;
  /** An event as it was appended; null for a type this version does not know. */
  readonly toEvent: (id: string, type: string, data: string) => LoggedEvent | null;
  readonly logger: Logger | undefined;
}

/** Reads what notifications name, once for all listeners of a process. */
export interface EventReader {
  subscribe(topic: EventTopic, listener: EventListener): Promise<() => void>;
  close(): Promise<void>;
}

/** What a notification says of an event; with the event itself when it is not kept. */
interface News extends EventPlace {
  readonly id: string;
  readonly carried: readonly [type: string, data: string] | null;
}

/** How often topics are looked at while notifications do not arrive. */
const pollMs = 1_000;

/** Creates an {@link EventReader}. */
export function createEventReader({ connections, store, toEvent, logger }: EventReaderOptions): EventReader {
  const { listener } = connections;
  const topics = new Map<EventTopic, Set<EventListener>>();
  /** The newest place of each topic at the last poll. */
  let polled = new Map<string, string>();
  let channel: Promise<() => void> | null = null;
  let polling: AbortController | null = null;
  let inbox: News[] = [];
  let reading: Promise<void> | null = null;

  const tell = (topic: EventTopic, event: LoggedEvent | null): void => {
    for (const listen of [...(topics.get(topic) ?? [])]) listen(event);
  };

  const deliver = async (batch: readonly News[]): Promise<void> => {
    const kept = batch.filter(({ carried }) => carried === null).map(({ topic, epoch, n }) => ({ topic, epoch, n }));
    const found = kept.length === 0 ? new Map() : await store.find(kept);
    for (const news of batch) {
      const row = found.get(keyOf(news));
      const [type, data] = news.carried ?? [row?.type, row?.data];
      // Trimmed or removed meanwhile.
      if (type === undefined || data === undefined) tell(news.topic, null);
      else {
        const event = toEvent(news.id, type, data);
        if (event !== null) tell(news.topic, event);
      }
    }
  };

  /** One batch at a time, so that events arrive in their order. */
  const readAll = async (): Promise<void> => {
    while (inbox.length > 0) {
      const batch = inbox;
      inbox = [];
      await deliver(batch).catch((error: unknown) => {
        logger?.debug("events could not be read, their followers read again", { error: String(error) });
        for (const topic of new Set(batch.map((news) => news.topic))) tell(topic, null);
      });
    }
    reading = null;
  };

  const hear = (payload: string | null): void => {
    if (payload === null) {
      for (const topic of topics.keys()) tell(topic, null);
      return;
    }
    for (const line of payload.split("\n")) {
      const news = line === "" ? null : parseNews(line);
      if (news !== null && topics.has(news.topic)) inbox.push(news);
    }
    if (inbox.length > 0) reading ??= readAll();
  };

  /** While notifications do not arrive, followers of a topic that has changed are told to read it. */
  const poll = async (signal: AbortSignal): Promise<void> => {
    for (;;) {
      await sleep(pollMs, signal);
      if (listener.hears()) continue;
      await store.newest([...topics.keys()]).then(
        (places) => {
          const before = polled;
          polled = new Map(places);
          for (const [topic, place] of polled) if (before.get(topic) !== place) tell(topic as EventTopic, null);
        },
        (error: unknown) => logger?.debug("topics could not be looked at", { error: String(error) }),
      );
    }
  };

  const release = (): void => {
    if (topics.size > 0) return;
    void channel?.then((stop) => stop()).catch(() => undefined);
    channel = null;
    polling?.abort();
    polling = null;
    polled = new Map();
  };

  return {
    subscribe: async (topic, listen) => {
      const own = topics.get(topic) ?? new Set<EventListener>();
      // Wrapped, so that one function may listen twice.
      const wrapped: EventListener = (event) => listen(event);
      own.add(wrapped);
      topics.set(topic, own);
      channel ??= listener.listen(connections.channel("events"), hear);
      if (polling === null) {
        polling = new AbortController();
        void poll(polling.signal).catch(() => undefined);
      }
      await channel;
      return () => {
        if (!own.delete(wrapped) || own.size > 0 || topics.get(topic) !== own) return;
        topics.delete(topic);
        release();
      };
    },
    close: async () => {
      topics.clear();
      release();
      await reading;
    },
  };
}

/** A line of a notification; null for one of another kind: newer processes may send more than this one knows. */
function parseNews(line: string): News | null {
  try {
    const [topic, id, type, data] = JSON.parse(line) as unknown[];
    const [, epoch, n] = /^(\d{1,16})-(\d{1,15})$/.exec(String(id)) ?? [];
    if (typeof topic !== "string" || epoch === undefined || n === undefined) return null;
    const carried = typeof type === "string" && typeof data === "string" ? ([type, data] as const) : null;
    return { topic: topic as EventTopic, id: String(id), epoch: Number(epoch), n: Number(n), carried };
  } catch {
    return null;
  }
}
