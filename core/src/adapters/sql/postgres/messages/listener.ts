import { randomBytes } from "node:crypto";
import postgres from "postgres";
import { AppError } from "../../../../errors/app-error.ts";
import type { Logger } from "../../../../telemetry/logger.ts";
import { sleep } from "../../../system/sleep.ts";
import { within } from "../../../system/within.ts";

/** Called with each notification's text, and null when notifications may have been missed. */
export type NotificationListener = (payload: string | null) => void;

/** The connection of a process that listens for notifications, fanned out to any number of listeners. */
export interface Listener {
  /**
   * Resolves once the server has confirmed the channel; while it is unreachable it resolves too, and the listener is called
   * with null when the connection is back.
   */
  listen(channel: string, listener: NotificationListener): Promise<() => void>;
  /** Whether notifications arrive, as far as is known; while they do not, listeners have to poll. */
  hears(): boolean;
  /** Why notifications do not arrive; null while they do, or before anybody listens. */
  problem(): string | null;
  close(): Promise<void>;
}

export interface ListenerOptions {
  /** Of the server itself: a pooler in transaction mode passes no notifications on. */
  readonly url: string;
  /** It is another one than that of the statements. */
  readonly hasOwnUrl: boolean;
  /** Sends a notification over another connection. */
  readonly notify: (channel: string, payload: string) => Promise<void>;
  readonly echoChannel: (token: string) => string;
  readonly connectTimeoutMs: number;
  /** How often the connection is tested. */
  readonly testMs: number;
  /** How long a notification to oneself, or a command of the listening connection, may take. */
  readonly answerMs: number;
  readonly logger: Logger | undefined;
}

const longestPauseMs = 5_000;

/** What is wrong when nothing arrives over a connection that answers. */
const undeliveredText = (hasOwnUrl: boolean): string =>
  hasOwnUrl
    ? "The database's notifications do not arrive: DATABASE_LISTEN_URL names another database than DATABASE_URL, or a pooler in transaction mode. Until it is corrected this process polls."
    : "The database's notifications do not arrive: a pooler in transaction mode stands before it. Name the server itself in DATABASE_LISTEN_URL; until then this process polls.";

/** The driver takes this listener too, though its types do not name it. */
type NotifiedOptions = postgres.Options<Record<string, never>> & {
  readonly onnotify: (channel: string, payload: string) => void;
};

/**
 * Opens a {@link Listener}; it connects when somebody listens. A connection that is dead or sits behind a pooler looks like a
 * quiet channel, so it is tested by notifications that the process sends itself over another connection.
 */
export function openListener(options: ListenerOptions): Listener {
  const { notify, logger, connectTimeoutMs, testMs, answerMs } = options;
  const undelivered = undeliveredText(options.hasOwnUrl);
  const echoes = options.echoChannel(randomBytes(8).toString("hex"));
  const listeners = new Map<string, Set<NotificationListener>>();
  /** Listeners whose channel was confirmed: only they can have missed anything. */
  const promised = new WeakSet<NotificationListener>();
  const closing = new AbortController();
  let connection: Listening | null = null;
  let running: Promise<void> | null = null;
  /** Settles with the first connection, or when it could not be made. */
  let first = Promise.withResolvers<void>();
  let trouble: string | null = null;
  let echoHeard: (() => void) | null = null;

  const tell = (channel: string, payload: string | null): void => {
    for (const listener of [...(listeners.get(channel) ?? [])])
      if (payload !== null || promised.has(listener)) listener(payload);
  };
  const hear = (channel: string, payload: string): void =>
    channel === echoes ? echoHeard?.() : tell(channel, payload);

  const setTrouble = (problem: string | null, error?: unknown): void => {
    if (problem !== null && trouble !== problem)
      logger?.warn(problem, { ...(error !== undefined && { error: String(error) }) });
    if (problem === null && trouble !== null) logger?.info("the database's notifications arrive again");
    trouble = problem;
  };

  /** Sends itself a notification. False: it did not arrive although it was sent. */
  const hearsItself = async (): Promise<boolean> => {
    const heard = new Promise<true>((resolve) => {
      echoHeard = () => resolve(true);
    });
    try {
      await notify(echoes, "");
      return await within(answerMs, heard, () => new Error("not heard")).catch(() => false);
    } finally {
      echoHeard = null;
    }
  };

  /** Tests the connection until it is lost. */
  const watch = async (current: Listening): Promise<void> => {
    while (!closing.signal.aborted && !current.isLost()) {
      // While the other connection fails too, nothing can be said of this one.
      const heard = await hearsItself().catch(() => null);
      if (current.isLost()) return;
      if (heard === false) {
        await within(answerMs, current.run("select 1"), () => new Error("no answer"));
        setTrouble(undelivered);
      } else if (heard) setTrouble(null);
      await Promise.race([sleep(testMs, closing.signal).catch(() => undefined), current.lost]);
    }
  };

  const connectOnce = async (): Promise<void> => {
    const current = openConnection(options, hear);
    try {
      await within(
        connectTimeoutMs,
        current.run([echoes, ...listeners.keys()].map(listenTo).join(";")),
        () => new Error("no answer"),
      );
      // Channels that were added meanwhile.
      connection = current;
      await within(answerMs, current.run([...listeners.keys()].map(listenTo).join(";")), () => new Error("no answer"));
      if (trouble !== undelivered) setTrouble(null);
      first.resolve();
      for (const channel of listeners.keys()) tell(channel, null);
      await watch(current);
    } finally {
      if (connection === current) connection = null;
      current.end();
    }
  };

  const run = async (): Promise<void> => {
    for (let failures = 0; !closing.signal.aborted; ) {
      const begun = performance.now();
      const error = await connectOnce().then(
        () => "the connection was closed",
        (thrown: unknown) => thrown,
      );
      first.resolve();
      if (closing.signal.aborted) return;
      // A connection that has lasted is opened again at once.
      failures = performance.now() - begun > testMs ? 0 : failures + 1;
      if (failures > 0) setTrouble("The connection that listens to the database was lost; trying again.", error);
      const pauseMs = failures === 0 ? 0 : Math.min(longestPauseMs, 100 * 2 ** failures) * (0.5 + Math.random() / 2);
      await sleep(pauseMs, closing.signal).catch(() => undefined);
    }
  };

  return {
    async listen(channel, listen) {
      if (closing.signal.aborted) throw new AppError("unavailable");
      const own = listeners.get(channel) ?? new Set<NotificationListener>();
      // Wrapped, so that one function may listen twice.
      const listener: NotificationListener = (payload) => listen(payload);
      own.add(listener);
      listeners.set(channel, own);
      if (running === null) {
        first = Promise.withResolvers<void>();
        running = run();
      }
      await first.promise;
      const current = connection;
      // Also for a channel that is known: it may not be confirmed yet, and answers come in order.
      if (current !== null)
        await within(answerMs, current.run(listenTo(channel)), () => new Error("no answer")).catch(() => undefined);
      promised.add(listener);
      return () => {
        if (!own.delete(listener) || own.size > 0 || listeners.get(channel) !== own) return;
        listeners.delete(channel);
        connection?.run(`unlisten ${quoted(channel)}`).catch(() => undefined);
      };
    },
    hears: () => connection !== null && trouble === null,
    problem: () => (running === null ? null : trouble),
    async close() {
      closing.abort();
      listeners.clear();
      first.resolve();
      connection?.end();
      await running;
    },
  };
}

/** One connection, for as long as it lasts. */
interface Listening {
  run(statements: string): Promise<unknown>;
  isLost(): boolean;
  readonly lost: Promise<void>;
  end(): void;
}

function openConnection(
  { url, connectTimeoutMs }: ListenerOptions,
  hear: (channel: string, payload: string) => void,
): Listening {
  const lost = Promise.withResolvers<void>();
  let isLost = false;
  const lose = (): void => {
    isLost = true;
    lost.resolve();
  };
  const options: NotifiedOptions = {
    max: 1,
    prepare: false,
    fetch_types: false,
    max_lifetime: null,
    connect_timeout: connectTimeoutMs / 1_000,
    keep_alive: 15,
    onnotice: () => undefined,
    onnotify: hear,
    onclose: lose,
    connection: { application_name: "vidferry-listener" },
  };
  const client = postgres(url, options);
  return {
    // The driver would reconnect by itself, without listening.
    run: async (statements) => {
      if (isLost) throw new Error("the connection was closed");
      return await client.unsafe(statements);
    },
    isLost: () => isLost,
    lost: lost.promise,
    end: () => {
      lose();
      void client.end({ timeout: 0 });
    },
  };
}

const quoted = (channel: string): string => `"${channel.replaceAll('"', '""')}"`;
const listenTo = (channel: string): string => `listen ${quoted(channel)}`;
