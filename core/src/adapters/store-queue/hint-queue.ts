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
  /** How often waiting receivers ask the store without being woken. Default: 1,000 ms. */
  readonly pollMs?: number;
  /** A delivery that was not acknowledged for this long comes again. Default: 30,000 ms. */
  readonly redeliverMs?: number;
  readonly logger?: Logger;
}

// Times to wake up at that are remembered; the poll finds what is beyond.
const mostDueTimes = 1_000;
// Depth is counted by looking, so it ends somewhere.
const mostCounted = 1_000;

/**
 * A queue without a queue: the store's own list of due jobs, plus a wake-up inside this process.
 *
 * For one process on one machine; several processes on one store work too, but find each other's jobs by polling.
 * Offers cannot get lost, since nothing is sent.
 */
export function storeHintQueue(options: StoreHintQueueOptions): HintQueue {
  const { database, clock, pollMs = 1_000, redeliverMs = 30_000, logger } = options;
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

  const now = (): number => clock.now().getTime();

  const wake = (): void => {
    for (const sleeper of sleepers) sleeper.abort();
    sleepers.clear();
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
    },

    async receive({ max, waitMs, signal }) {
      const stop = AbortSignal.any([signal, closing.signal]);
      const until = now() + waitMs;
      while (!stop.aborted) {
        // Made before the store is asked: an offer that comes in meanwhile ends the sleep that follows.
        const sleeper = new AbortController();
        sleepers.add(sleeper);
        try {
          const deliveries = await takeOrNone(max);
          if (deliveries.length > 0) return deliveries;
          const at = now();
          if (at >= until) return [];
          dueTimes = dueTimes.filter((due) => due > at);
          const ms = Math.min(pollMs, until - at, (dueTimes[0] ?? Number.POSITIVE_INFINITY) - at);
          await clock.sleep(ms, AbortSignal.any([stop, sleeper.signal])).catch(() => undefined);
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
      return [];
    },

    async close() {
      closing.abort();
      wake();
      held.clear();
      dueTimes = [];
    },
  };
}
