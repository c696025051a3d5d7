import type { Database } from "../../database/database.ts";
import { AppError } from "../../errors/app-error.ts";
import type { JobHint } from "../../jobs/dispatch.ts";
import type { Delivery, HintQueue } from "../../jobs/hint-queue.ts";
import type { Clock } from "../../runtime/clock.ts";
import type { Logger } from "../../telemetry/logger.ts";

/** How {@link storeHintQueue} works. */
export interface StoreHintQueueOptions {
  /** Whose queued jobs are delivered. Not closed with the queue. */
  readonly database: Database;
  readonly clock: Clock;
  /** How often waiting receivers ask the store without being woken. Default: 2,000 ms. */
  readonly pollMs?: number;
  /** A delivery that was not acknowledged for this long comes again. Default: 30,000 ms. */
  readonly redeliverMs?: number;
  /** Reaches the other processes on this store. Without it they find each other's jobs by polling. */
  readonly wakeUps?: WakeUps;
  readonly logger?: Logger;
}

/** Tells all processes on a store that jobs are due. */
export interface WakeUps {
  /** Wakes all processes that listen. Rejects with `unavailable` when they could not be told. */
  ring(): Promise<void>;
  /** Calls the listener when jobs may be due that other processes have offered. Returns how to stop. */
  listen(listener: () => void): () => void;
  /** Why they do not arrive, so that receivers have to poll more often; null while they do, or before anybody listens. */
  problem(): string | null;
}

// Times to wake up at that are remembered; the poll finds what is beyond.
const mostDueTimes = 1_000;
// Depth is counted by looking, so it ends somewhere.
const mostCounted = 1_000;
// All idle receivers of all processes hear a wake-up. Those that look a little later find the job taken, and leave the store alone.
const spreadMs = 25;
// While wake-ups arrive, polling finds only what nobody has offered.
const quietPolls = 2.5;

/**
 * A queue without a queue: the store's own list of due jobs, plus a wake-up inside this process, and of others with `wakeUps`.
 * Offers cannot get lost, since which jobs are due is not sent.
 */
export function storeHintQueue(options: StoreHintQueueOptions): HintQueue {
  const { database, clock, pollMs = 2_000, redeliverMs = 30_000, wakeUps, logger } = options;
  const closing = new AbortController();
  const sleepers = new Set<AbortController>();
  /** When each delivery that was not acknowledged was handed out, by job id. */
  const held = new Map<string, { readonly receipt: string; readonly at: number }>();
  /** Jobs acknowledged while the store was being asked, with a number that grows: an answer begun before may still name them. */
  const settled = new Map<string, number>();
  let settlements = 0;
  let asking = 0;
  /** When delayed offers become due, earliest first. */
  let dueTimes: number[] = [];
  let count = 0;
  /** Ends the listening to other processes, which begins with the first receive: who only offers needs none. */
  let stopListening: (() => void) | null = null;

  const now = (): number => clock.now().getTime();

  const wake = (): void => {
    for (const sleeper of sleepers) sleeper.abort();
    sleepers.clear();
  };

  const listen = (): void => {
    if (wakeUps === undefined || stopListening !== null || closing.signal.aborted) return;
    stopListening = wakeUps.listen(() => {
      clock.sleep(Math.random() * spreadMs, closing.signal).then(wake, () => undefined);
    });
  };

  const take = async (max: number): Promise<Delivery[]> => {
    const begunAt = settlements;
    asking += 1;
    try {
      const hints = await database.dispatch.nextQueued(max + held.size);
      const oldest = now() - redeliverMs;
      for (const [jobId, delivery] of held) if (delivery.at <= oldest) held.delete(jobId);
      const deliveries: Delivery[] = [];
      for (const { jobId, lane } of hints) {
        if (deliveries.length === max) break;
        if (held.has(jobId) || (settled.get(jobId) ?? 0) > begunAt) continue;
        count += 1;
        const receipt = `${jobId}:${count}`;
        held.set(jobId, { receipt, at: now() });
        deliveries.push({ jobId, lane, receipt });
      }
      return deliveries;
    } finally {
      asking -= 1;
      if (asking === 0) settled.clear();
    }
  };

  const takeOrNone = async (max: number): Promise<Delivery[]> => {
    try {
      return await take(max);
    } catch (error) {
      logger?.debug("the store cannot be asked for queued jobs, waiting", { error: String(error) });
      return [];
    }
  };

  return {
    async offer(hints: readonly JobHint[], delayMs = 0) {
      if (closing.signal.aborted) throw new AppError("unavailable");
      if (hints.length === 0) return;
      if (delayMs > 0) {
        dueTimes = [...dueTimes, now() + delayMs].sort((a, b) => a - b).slice(0, mostDueTimes);
      }
      wake();
      if (delayMs <= 0) await wakeUps?.ring();
    },

    async receive({ max, waitMs, signal }) {
      listen();
      const stop = AbortSignal.any([signal, closing.signal]);
      const until = now() + waitMs;
      for (let isWoken = true; !stop.aborted; ) {
        // Made before the store is asked: an offer that comes in meanwhile ends the sleep that follows.
        const sleeper = new AbortController();
        sleepers.add(sleeper);
        try {
          // Who receives again asks the store then.
          if (!isWoken && now() >= until) return [];
          const deliveries = await takeOrNone(max);
          if (deliveries.length > 0) return deliveries;
          const at = now();
          if (at >= until) return [];
          dueTimes = dueTimes.filter((due) => due > at);
          const restMs = wakeUps !== undefined && wakeUps.problem() === null ? quietPolls * pollMs : pollMs;
          const ms = Math.min(restMs, until - at, (dueTimes[0] ?? Number.POSITIVE_INFINITY) - at);
          await clock.sleep(ms, AbortSignal.any([stop, sleeper.signal])).catch(() => undefined);
          isWoken = sleeper.signal.aborted || dueTimes.some((due) => due <= now());
        } finally {
          sleepers.delete(sleeper);
        }
      }
      return [];
    },

    async acknowledge(deliveries) {
      for (const { jobId, receipt } of deliveries) {
        if (held.get(jobId)?.receipt === receipt) held.delete(jobId);
        if (asking > 0) settled.set(jobId, ++settlements);
      }
    },

    async depth() {
      const waiting = { high: 0, normal: 0, low: 0 };
      for (const { jobId, lane } of await database.dispatch.nextQueued(mostCounted))
        if (!held.has(jobId)) waiting[lane] += 1;
      return waiting;
    },

    async check(signal) {
      await database.check(signal);
      const problem = wakeUps?.problem() ?? null;
      return problem === null ? [] : [problem];
    },

    async close() {
      closing.abort();
      stopListening?.();
      wake();
      held.clear();
      dueTimes = [];
    },
  };
}
