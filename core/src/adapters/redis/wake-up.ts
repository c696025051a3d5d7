import type { Redis } from "ioredis";
import { sleep } from "../system/sleep.ts";
import { settlesWithin } from "./deadline.ts";

/** Ids after which something new is worth waking up for, in the order of the streams. */
export type StreamPlaces = readonly string[];

/** Waits for new entries in streams, on a connection of its own. */
export interface WakeUp {
  /**
   * Resolves when something came in after these places, when a block ended, when the time is up or the signal aborts.
   * A pure wake-up: it takes nothing, so waking without a reason, or twice, costs a look and no more.
   */
  wait(places: StreamPlaces, ms: number, signal: AbortSignal): Promise<void>;
  /** Ends all waits. */
  close(): void;
}

// How often waiters look by themselves while the blocking connection is away.
const awayMs = 100;
// What the network may add to a block before the socket counts as dead.
const graceMs = 1_000;

/**
 * One blocking read serves all waiters of this process. A blocked command on a half-open socket
 * never settles. So the block is finite, a watchdog timer runs beside it, and a socket that misses it is replaced.
 * @param open makes the connection; called again after each loss.
 */
export function createWakeUp(streams: readonly string[], blockMs: number, open: () => Redis): WakeUp {
  let client: Redis | null = null;
  let reading: Promise<void> | null = null;
  const closing = new AbortController();
  closing.signal.addEventListener("abort", () => client?.disconnect());

  const read = async (places: StreamPlaces): Promise<void> => {
    client ??= open();
    const used = client;
    if (used.status !== "ready") {
      await pause(awayMs, closing.signal);
      return;
    }
    const command = used.xread("COUNT", 1, "BLOCK", blockMs, "STREAMS", ...streams, ...places);
    try {
      await settlesWithin(blockMs + graceMs, command, () => {
        used.disconnect();
        if (client === used) client = null;
      });
    } catch {
      // The waiters poll meanwhile; the pause avoids a busy loop with a server that refuses at once.
      await pause(awayMs, closing.signal);
    }
  };

  const shared = (places: StreamPlaces): Promise<void> => {
    // Joining a read that began at older places is safe: what is newer than ours is newer than those.
    reading ??= read(places).finally(() => {
      reading = null;
    });
    return reading;
  };

  return {
    async wait(places, ms, signal) {
      if (closing.signal.aborted || signal.aborted || ms <= 0) return;
      const done = new AbortController();
      const stop = AbortSignal.any([signal, closing.signal, done.signal]);
      await Promise.race([shared(places), pause(ms, stop)]);
      done.abort();
    },
    close: () => closing.abort(),
  };
}

/** Resolves after `ms` milliseconds or as soon as the signal aborts. */
const pause = (ms: number, signal: AbortSignal): Promise<void> => sleep(ms, signal).catch(() => undefined);
