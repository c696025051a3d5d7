import type { RateCounter } from "../accounts/rate-counter.ts";
import { type Config, ConfigError } from "../config/config.ts";
import type { Database } from "../database/database.ts";
import type { Backends } from "../dependencies.ts";
import { isAppError } from "../errors/app-error.ts";
import type { HintQueue } from "../jobs/hint-queue.ts";
import type { BlobStore } from "../library/blob-store.ts";
import type { Clock } from "../runtime/clock.ts";
import type { ProbeRelay } from "../sources/probe-relay.ts";
import type { Logger } from "../telemetry/logger.ts";
import { loadAdapter } from "./load-adapter.ts";

/** The backends of a process, and how to close them. */
export interface ComposedBackends extends Backends {
  /** Lets other processes probe links; null where there are none. */
  readonly probes: ProbeRelay | null;
  /** Counts requests. */
  readonly rates: RateCounter;
  /** Looks at the server that is listened to, where it is another one than the database's; null: there is none. */
  readonly checkListening: ((signal: AbortSignal) => Promise<void>) | null;
  /** What to look at when a part does not answer. */
  readonly advice: Readonly<Record<"queue" | "events", string>>;
  /** Brings the database's schema to this version; safe to run twice and on several hosts at once. */
  migrate(): Promise<void>;
  /** Closes all of them; every one is closed even if another fails. */
  close(): Promise<void>;
}

interface ComposeDeps {
  readonly clock: Clock;
  readonly logger: Logger;
  /** Bring a SQLite file to this version when it is opened; true. */
  readonly migrate?: boolean;
}

/** Chooses the backends by configuration alone. Drivers are loaded only when they are used. Nothing is connected yet. */
export async function composeBackends(config: Config, deps: ComposeDeps): Promise<ComposedBackends> {
  // First what connects to nothing: when one of these settings is wrong, nothing has to be closed.
  const blobs = await composeBlobs(config);
  const sqs = config.QUEUE_URL === null ? null : await sqsQueue(config.QUEUE_URL, deps);
  const store = await composeStore(config, deps);
  const messages = await composeMessages(config, store, deps);
  const queue = sqs ?? messages.queue();
  return {
    database: store,
    queue,
    signals: messages.signals,
    events: messages.events,
    probes: messages.probes,
    rates: messages.rates,
    checkListening: messages.checkListening,
    advice: config.QUEUE_URL === null ? messages.advice : { ...messages.advice, queue: "Check QUEUE_URL and SQS." },
    blobs,
    migrate: () => store.migrate(),
    close: async () => {
      const { rates, probes, signals, events, connections } = messages;
      const parts = [rates, probes, queue, signals, events, connections, blobs, store];
      const results = await Promise.allSettled(parts.map((part) => part?.close()));
      for (const result of results) {
        if (result.status === "rejected") deps.logger.warn("a backend did not close cleanly", { error: result.reason });
      }
    },
  };
}

type Store = Database & { migrate(): Promise<void> };

async function composeStore(config: Config, { clock, migrate = true }: ComposeDeps): Promise<Store> {
  const url = config.DATABASE_URL;
  if (url.startsWith("sqlite:")) {
    const { sqliteStore } = await import("../adapters/sql/sqlite/index.ts");
    return sqliteStore({ path: pathOf(url), clock, migrate });
  }
  const { postgresStore, queryTimeoutWithin } = await loadAdapter(
    "DATABASE_URL",
    ["postgres"],
    () => import("../adapters/sql/postgres/index.ts"),
  );
  const queryTimeoutMs = queryTimeoutWithin(config.LEASE_SECONDS * 1_000);
  return namedIn("DATABASE_URL", () => postgresStore({ url, maxConnections: config.DATABASE_POOL, queryTimeoutMs }));
}

/** What processes tell each other. */
interface Messages
  extends Pick<ComposedBackends, "signals" | "events" | "probes" | "rates" | "advice" | "checkListening"> {
  /** The queue that is used where SQS is not. */
  queue(): HintQueue;
  /** What they stand on, closed with them. */
  readonly connections: { close(): Promise<void> } | null;
}

function composeMessages(config: Config, store: Store, deps: ComposeDeps): Promise<Messages> {
  if (config.REDIS_URL !== null) return redisMessages(config.REDIS_URL, deps);
  return config.DATABASE_URL.startsWith("sqlite:")
    ? messagesInProcess(store, deps)
    : messagesInDatabase(config, store, deps);
}

async function sqsQueue(url: string, deps: ComposeDeps): Promise<HintQueue> {
  const { sqsHintQueue } = await loadAdapter(
    "QUEUE_URL",
    ["@aws-sdk/client-sqs"],
    () => import("../adapters/sqs/index.ts"),
  );
  return namedIn("QUEUE_URL", () => sqsHintQueue({ url, ...deps }));
}

/** One process tells itself. */
async function messagesInProcess(database: Store, deps: ComposeDeps): Promise<Messages> {
  const { storeHintQueue } = await import("../adapters/store-queue/index.ts");
  const { memoryEventLog, memoryRateCounter, memorySignals } = await import("../adapters/memory/index.ts");
  return {
    queue: () => storeHintQueue({ database, ...deps }),
    signals: memorySignals(),
    events: memoryEventLog({ clock: deps.clock }),
    probes: null,
    rates: memoryRateCounter(),
    advice: { queue: "Check DATABASE_URL and the disk.", events: "Start the process again." },
    checkListening: null,
    connections: null,
  };
}

/** Processes on several hosts that have a PostgreSQL and nothing else. */
async function messagesInDatabase(config: Config, database: Store, deps: ComposeDeps): Promise<Messages> {
  const { storeHintQueue } = await import("../adapters/store-queue/index.ts");
  const { postgresMessages, queryTimeoutWithin } = await import("../adapters/sql/postgres/index.ts");
  const messages = namedIn("DATABASE_LISTEN_URL", () =>
    postgresMessages({
      url: config.DATABASE_URL,
      listenUrl: config.DATABASE_LISTEN_URL,
      clock: deps.clock,
      queryTimeoutMs: queryTimeoutWithin(config.LEASE_SECONDS * 1_000),
      logger: deps.logger,
    }),
  );
  return {
    queue: () => storeHintQueue({ database, wakeUps: messages.wakeUps, ...deps }),
    signals: messages.signals,
    events: messages.events,
    probes: messages.probes,
    rates: messages.rates,
    advice: { queue: "Check DATABASE_URL and the database.", events: "Check DATABASE_URL and DATABASE_LISTEN_URL." },
    checkListening: config.DATABASE_LISTEN_URL === null ? null : messages.checkListening,
    connections: messages,
  };
}

async function redisMessages(url: string, deps: ComposeDeps): Promise<Messages> {
  const { redisEventLog, redisHintQueue, redisHub, redisProbeRelay, redisRateCounter, redisSignals } =
    await loadAdapter("REDIS_URL", ["ioredis"], () => import("../adapters/redis/index.ts"));
  const hub = redisHub({ url, logger: deps.logger });
  return {
    queue: () => redisHintQueue({ hub, ...deps }),
    signals: redisSignals({ hub, logger: deps.logger }),
    events: redisEventLog({ hub, logger: deps.logger }),
    probes: redisProbeRelay({ hub, ...deps }),
    rates: redisRateCounter({ hub, logger: deps.logger }),
    advice: { queue: "Check REDIS_URL and Redis.", events: "Check REDIS_URL and Redis." },
    checkListening: null,
    connections: null,
  };
}

/** The storage that the configuration names. */
export async function composeBlobs(config: Config): Promise<BlobStore> {
  if (config.STORAGE_URL.startsWith("file:")) {
    const { localDiskBlobs } = await import("../adapters/blobs/local-disk/index.ts");
    return localDiskBlobs({ directory: pathOf(config.STORAGE_URL) });
  }
  const { parseStorageUrl, s3Blobs } = await loadAdapter(
    "STORAGE_URL",
    ["@aws-sdk/client-s3", "@aws-sdk/lib-storage", "@aws-sdk/s3-request-presigner", "@aws-sdk/cloudfront-signer"],
    () => import("../adapters/blobs/s3/index.ts"),
  );
  const location = namedIn("STORAGE_URL", () => parseStorageUrl(config.STORAGE_URL));
  const { CDN_URL, CDN_KEY_PAIR_ID } = config;
  const privateKey = await cdnPrivateKey(config);
  if (CDN_URL === null || CDN_KEY_PAIR_ID === null || privateKey === null) return s3Blobs(location);
  return s3Blobs({ ...location, cdn: { url: CDN_URL, keyPairId: CDN_KEY_PAIR_ID, privateKey } });
}

/** The key that links of CloudFront are signed with. Looked at now, rather than by the first who asks for a file. */
async function cdnPrivateKey({ CDN_PRIVATE_KEY, CDN_PRIVATE_KEY_FILE }: Config): Promise<string | null> {
  if (CDN_PRIVATE_KEY === null && CDN_PRIVATE_KEY_FILE === null) return null;
  const [variable, key] =
    CDN_PRIVATE_KEY_FILE === null
      ? ["CDN_PRIVATE_KEY", CDN_PRIVATE_KEY ?? ""]
      : ["CDN_PRIVATE_KEY_FILE", await readKeyFile(CDN_PRIVATE_KEY_FILE)];
  const { createPrivateKey } = await import("node:crypto");
  try {
    createPrivateKey(key);
  } catch {
    throw new ConfigError([`${variable}: expected a private key in PEM, -----BEGIN … PRIVATE KEY-----`]);
  }
  return key;
}

async function readKeyFile(path: string): Promise<string> {
  const { readFile } = await import("node:fs/promises");
  return await readFile(path, "utf8").catch((error: Error) => {
    throw new ConfigError([`CDN_PRIVATE_KEY_FILE: expected a file that can be read (${error.message})`]);
  });
}

/** What an adapter says of a value, with the name of the variable that holds it. */
function namedIn<T>(variable: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    throw isAppError(error) ? new ConfigError([`${variable}: ${error.message}`]) : error;
  }
}

// `sqlite:./x`, `sqlite:///abs/x`, `file:./x`, `file:///abs/x`: relative paths are relative to the working directory.
export function pathOf(url: string): string {
  const rest = url.slice(url.indexOf(":") + 1);
  return rest.startsWith("//") ? rest.slice(2) : rest;
}
