import { Redis } from "ioredis";
import { AppError } from "../../errors/app-error.ts";
import type { Logger } from "../../telemetry/logger.ts";
import { settlesWithin } from "./deadline.ts";

/** How long a command may take before its connection counts as dead. */
export const commandTimeoutMs = 2_000;
// Calls do not wait for a connection that has been down for longer than this: they reject with `unavailable` at once.
const patienceMs = 1_000;

/** What a connection needs to know. */
export interface RedisConnectionOptions {
  /** `redis://` or `rediss://` with credentials and database; never logged. */
  readonly url: string;
  /** Shown in CLIENT LIST. */
  readonly name: string;
  readonly logger?: Logger;
}

/** One connection that reconnects by itself: commands either settle within {@link commandTimeoutMs} or the socket is replaced. */
export interface RedisConnection {
  readonly client: Redis;
  /**
   * Runs a command that does not block.
   * @param work may run again when the connection dropped below it, unless `once` is set.
   * @throws AppError `unavailable` when the server is away, does not answer in time, or refuses the write.
   */
  run<T>(work: (client: Redis) => Promise<T>, options?: { readonly once?: boolean }): Promise<T>;
  /** Ends the connection; what is under way rejects with `unavailable`. */
  close(): void;
}

/** Opens a client whose commands fail when the socket does, instead of being sent twice after a reconnect. */
export function openClient(options: RedisConnectionOptions): Redis {
  const client = new Redis(options.url, {
    connectionName: options.name,
    // Pending commands reject as soon as the socket closes; only the caller knows whether a retry is safe.
    maxRetriesPerRequest: 0,
    connectTimeout: 2_000,
    // A dead peer never answers our FIN, so do not wait for it.
    disconnectTimeout: 50,
    keepAlive: 10_000,
    autoResubscribe: false,
    retryStrategy: (attempt) => Math.min(2_000, 25 * 2 ** Math.min(attempt, 7)) * (0.75 + Math.random() / 2),
    // After a failover the old primary only reads: reconnect, so that the name is looked up again.
    reconnectOnError: (error) => error.message.startsWith("READONLY"),
  });
  // Every caller that waits for the connection has a short-lived listener.
  client.setMaxListeners(0);
  replaceWhenSilent(client);
  client.on("error", (error: Error) => {
    options.logger?.debug("redis connection failed", { connection: options.name, error: error.message });
  });
  return client;
}

/** A peer that accepts the socket and never answers would block the handshake for ever. */
function replaceWhenSilent(client: Redis): void {
  let timer: ReturnType<typeof setTimeout> | undefined;
  client.on("connect", () => {
    timer = setTimeout(() => client.disconnect(true), commandTimeoutMs);
  });
  for (const settled of ["ready", "close", "end"]) client.on(settled, () => clearTimeout(timer));
}

/** Opens a {@link RedisConnection}. Returns at once; commands wait for the connection to stand. */
export function openConnection(options: RedisConnectionOptions): RedisConnection {
  const client = openClient(options);
  let awaySince: number | null = null;
  let closed = false;
  // Received in the handshake, where no command gets it.
  let refusal: Error | null = null;
  client.on("error", (error: Error) => {
    if (isRefusal(error)) refusal = error;
  });
  client.on("close", () => {
    if (awaySince === null && !closed) options.logger?.warn("redis connection lost", { connection: options.name });
    awaySince ??= performance.now();
  });
  client.on("ready", () => {
    if (awaySince !== null) options.logger?.info("redis connection is back", { connection: options.name });
    awaySince = null;
    refusal = null;
  });

  const whenReady = async (deadline: number): Promise<void> => {
    while (client.status !== "ready") {
      if (closed || client.status === "end") throw unavailable(new Error("the connection is closed"));
      const now = performance.now();
      const patientUntil = awaySince === null ? deadline : Math.min(deadline, awaySince + patienceMs);
      if (refusal !== null) throw refused(refusal);
      if (now >= patientUntil) throw unavailable(new Error(`the connection is ${client.status}`));
      await nextChange(client, Math.min(100, patientUntil - now));
    }
  };

  return {
    client,
    async run(work, { once = false } = {}) {
      const deadline = performance.now() + commandTimeoutMs;
      for (;;) {
        if (client.status !== "ready") await whenReady(deadline);
        try {
          return await settlesWithin(commandTimeoutMs, work(client), () => client.disconnect(true));
        } catch (error) {
          const dropped = client.status !== "ready" && !closed;
          if (error instanceof Error && isRefusal(error)) throw refused(error);
          if (once || !dropped || performance.now() >= deadline) throw unavailable(error);
        }
      }
    },
    close() {
      closed = true;
      client.disconnect();
    },
  };
}

/** The server refused user, password or permissions. */
function isRefusal(error: Error): boolean {
  return /^(WRONGPASS|NOAUTH|NOPERM|ERR (invalid password|AUTH|Client sent AUTH))/.test(error.message);
}

function refused(cause: Error): AppError {
  return new AppError("unavailable", "Redis refuses the user or the password.", { cause, permanent: true });
}

function unavailable(cause: unknown): AppError {
  return new AppError("unavailable", undefined, { cause });
}

/** Resolves when the client becomes ready, its connection ends, or the time is up. */
export function nextChange(client: Redis, ms: number): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      clearTimeout(timer);
      client.off("ready", done);
      client.off("end", done);
      client.off("close", done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    client.once("ready", done);
    client.once("end", done);
    client.once("close", done);
  });
}
