import { randomUUID } from "node:crypto";
import { AppError } from "../../errors/app-error.ts";
import type { Clock } from "../../runtime/clock.ts";
import type { ProbeRelay } from "../../sources/probe-relay.ts";
import type { Logger } from "../../telemetry/logger.ts";
import { type RedisHub, redisHub } from "./hub.ts";
import { probeKeys } from "./probe-keys.ts";
import { readAnswer } from "./probe-message.ts";
import { askScript, lookScript } from "./probe-scripts.ts";
import { serveProbes } from "./probe-server.ts";
import { runScript } from "./script.ts";

/** How {@link redisProbeRelay} is set up. Either `url` or `hub`. */
export interface RedisProbeRelayOptions {
  /** `redis://…` or `rediss://…`; for connections of the relay's own. */
  readonly url?: string;
  /** Connections shared with others of this process. */
  readonly hub?: RedisHub;
  readonly clock: Clock;
  /** Start of all keys and channels. Default: `vidferry`. */
  readonly prefix?: string;
  /** A question that no worker takes within this time fails with `unavailable`. Default: 5,000 ms. */
  readonly takeWithinMs?: number;
  /** A worker that took a question and sends no heartbeat for this long counts as dead. Default: 5,000 ms. */
  readonly holdMs?: number;
  /** Longest answer. Default: 8 MiB: some 30,000 entries of a playlist. */
  readonly maxAnswerBytes?: number;
  readonly logger?: Logger;
}

// How often a client polls, and sends its own heartbeat; answers come over a channel, at once.
const lookMs = 1_000;
// How long a question survives without a heartbeat of its client. Longer than a poll may take with a slow Redis.
const askedMs = 10_000;
// A client that gave up leaves nothing in the list for long, so this many are only there when nobody serves.
const mostWaiting = 1_000;
// Two workers that die while probing one link may be a coincidence; after three the link is taken for the cause.
const mostTries = 3;

/**
 * Questions wait in a list; workers take them from it, and send heartbeats while they probe. Wake-ups and answers are
 * announced by pub/sub; since messages may be lost, both sides also poll.
 */
export function redisProbeRelay(options: RedisProbeRelayOptions): ProbeRelay {
  const { clock, logger, takeWithinMs = 5_000, holdMs = 5_000, maxAnswerBytes = 8 * 1024 ** 2 } = options;
  const hub = options.hub ?? ownHub(options);
  const { commands } = hub;
  const release = hub.use();
  const keys = probeKeys(options.prefix ?? "vidferry");
  const closing = new AbortController();
  const stops = new Set<() => Promise<void>>();
  const asks = new Set<Promise<void>>();

  const ask: ProbeRelay["ask"] = async (url, { signal, limit, cursor, holder }) => {
    signal.throwIfAborted();
    if (closing.signal.aborted) throw new AppError("unavailable");
    const stop = AbortSignal.any([signal, closing.signal]);
    const id = randomUUID();
    const own = keys.of(id);
    const question = JSON.stringify({ url, limit, cursor, holder });
    const put = async (): Promise<void> => {
      const args = [id, question, askedMs, mostWaiting, keys.wake];
      const done = await commands.run((client) => runScript(client, askScript, [keys.waiting, own.asked], args));
      if (done !== 1) throw new AppError("unavailable", "Too many links wait to be looked at.");
    };
    const look = async () => {
      const all = [own.asked, own.taken, own.answer, keys.waiting];
      const reply = await commands.run((client) => runScript(client, lookScript, all, [askedMs, id]));
      return reply as readonly [state: "answered" | "taken" | "waiting" | "lost", answer?: string];
    };

    const bell = createWakeEvent();
    const unsubscribe = await hub.subscriber.subscribe(own.channel, bell.ring);
    try {
      await put();
      let tries = 1;
      let waitsSince = performance.now();
      for (;;) {
        await bell.wait(clock, lookMs, stop);
        signal.throwIfAborted();
        if (closing.signal.aborted) throw new AppError("unavailable");
        const [state, answer = ""] = await look();
        if (state === "answered") return readAnswer(answer);
        if (state === "lost") {
          if (tries >= mostTries) throw new AppError("unavailable", "The workers that looked at the link were lost.");
          await put();
          tries += 1;
          waitsSince = performance.now();
        } else if (state === "waiting" && performance.now() - waitsSince >= takeWithinMs) {
          throw new AppError("unavailable", "No worker answers.");
        }
      }
    } finally {
      unsubscribe();
      // This tells the worker that probes the link that nobody waits any more.
      await commands.run((client) => client.del(own.asked, own.taken, own.answer)).catch(() => undefined);
    }
  };

  return {
    async ask(url, settings) {
      const asking = ask(url, settings);
      const settled = asking
        .then(
          () => undefined,
          () => undefined,
        )
        .finally(() => asks.delete(settled));
      asks.add(settled);
      return asking;
    },

    serve(answer, { atOnce = 3, atOnceEach = Math.max(1, atOnce - 1) } = {}) {
      const stop = serveProbes({
        hub,
        keys,
        answer,
        atOnce,
        atOnceEach,
        holdMs,
        maxAnswerBytes,
        ...(logger && { logger }),
      });
      stops.add(stop);
      return async () => {
        stops.delete(stop);
        await stop();
      };
    },

    async close() {
      if (closing.signal.aborted) return;
      closing.abort();
      await Promise.all([...asks, ...[...stops].map((stop) => stop())]);
      release();
    },
  };
}

/** An auto-reset event: a signal before the wait is not lost. */
function createWakeEvent() {
  let rung = false;
  let wake: (() => void) | undefined;
  return {
    ring: (): void => {
      rung = true;
      wake?.();
    },
    /** Resolves when it was set since the last wait, on timeout, or when the signal aborts. */
    wait: async (clock: Clock, ms: number, signal: AbortSignal): Promise<void> => {
      if (!rung) {
        const woken = new AbortController();
        wake = () => woken.abort();
        await clock.sleep(ms, AbortSignal.any([signal, woken.signal])).catch(() => undefined);
      }
      rung = false;
    },
  };
}

function ownHub({ url, logger }: RedisProbeRelayOptions): RedisHub {
  if (url === undefined) throw new Error("redisProbeRelay needs a url or a hub");
  return redisHub({ url, ...(logger && { logger }) });
}
