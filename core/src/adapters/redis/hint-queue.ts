import { randomUUID } from "node:crypto";
import { AppError } from "../../errors/app-error.ts";
import type { JobHint } from "../../jobs/dispatch.ts";
import type { Delivery, HintQueue, ReceiveOptions } from "../../jobs/hint-queue.ts";
import type { Priority } from "../../jobs/request-values.ts";
import { laneOffsetMs as defaultOffsetMs } from "../../jobs/rules/lanes.ts";
import type { Clock } from "../../runtime/clock.ts";
import type { JobId } from "../../runtime/ids.ts";
import type { Logger } from "../../telemetry/logger.ts";
import { createBatcher } from "../system/batcher.ts";
import { openClient } from "./connection.ts";
import { createHintReader, mostAtOnce } from "./hint-reader.ts";
import { type RedisHub, redisHub } from "./hub.ts";
import { group, lanes, queueKeyList, queueKeys } from "./queue-keys.ts";
import { acknowledgeScript, leaveScript, offerScript } from "./queue-scripts.ts";
import { runScript } from "./script.ts";
import { serverWarnings } from "./server-check.ts";
import { createWakeUp } from "./wake-up.ts";

/** How {@link redisHintQueue} is set up. Either `url` or `hub`. */
export interface RedisHintQueueOptions {
  /** `redis://…` or `rediss://…`; for connections of the queue's own. */
  readonly url?: string;
  /** Connections shared with others of this process. */
  readonly hub?: RedisHub;
  /** Start of all keys. Default: `vidferry`. */
  readonly prefix?: string;
  /** Name of this receiver in the consumer group; unique among living processes. Default: random. */
  readonly consumer?: string;
  readonly clock: Clock;
  readonly logger?: Logger;
  /** A delivery that was not acknowledged for this long comes again. Default: 30,000 ms. */
  readonly redeliverMs?: number;
  /** Longest block of the waiting read. Default: 2,000 ms. */
  readonly blockMs?: number;
  /** Milliseconds added to a hint's time by its lane; the earliest goes first. Default: the order of the stores. */
  readonly laneOffsetMs?: Readonly<Record<Priority, number>>;
}

// Pause of a receiver before it retries an unreachable server.
const awayMs = 200;

/**
 * Delivers hints through Redis Streams: a stream a lane, one consumer group, every transition one script.
 *
 * State of jobs is never kept here: after FLUSHALL, a restart without persistence or a lost reply, maintenance offers
 * the jobs again. Needs Redis 6.2 or Valkey 7.2; keys share the hash tag `{queue}`.
 * A receiver that waits has a connection of its own; see {@link RedisHub} for the others.
 */
export function redisHintQueue(options: RedisHintQueueOptions): HintQueue {
  const { clock, logger, prefix = "vidferry", redeliverMs = 30_000, blockMs = 2_000 } = options;
  const { consumer = randomUUID(), laneOffsetMs = defaultOffsetMs } = options;
  const hub = options.hub ?? ownHub(options);
  const { commands } = hub;
  const release = hub.use();
  const keys = queueKeys(prefix);
  const keyList = queueKeyList(keys);
  const wakeUp = createWakeUp([...keys.lanes, keys.wake], blockMs, () =>
    openClient({ url: hub.url, name: "vidferry-receiver", ...(logger && { logger }) }),
  );
  const mayHoldHints = options.consumer !== undefined;
  const reader = createHintReader({
    commands,
    keys,
    consumer,
    mayHoldHints,
    redeliverMs,
    laneOffsetMs,
    clock,
    logger,
  });
  const closing = new AbortController();
  let received = false;
  let receiving = 0;
  let lastReceiveEnded: (() => void) | null = null;

  const offers = createBatcher<readonly [lane: number, delayMs: number, id: JobId], null>(mostAtOnce, async (batch) => {
    await commands.run((client) => runScript(client, offerScript, keyList, batch.flat()));
    return batch.map(() => null);
  });
  const offer = async (hints: readonly JobHint[], delayMs: number): Promise<void> => {
    await Promise.all(hints.map(({ lane, jobId }) => offers.push([lanes.indexOf(lane) + 1, delayMs, jobId])));
  };

  const acknowledgements = createBatcher<string, null>(mostAtOnce, async (receipts) => {
    const args = receipts.flatMap((receipt) => [receipt.slice(0, 1), receipt.slice(2)]);
    await commands.run((client) => runScript(client, acknowledgeScript, keys.lanes, [group, ...args]));
    return receipts.map(() => null);
  });
  const acknowledge = async (deliveries: readonly Delivery[]): Promise<void> => {
    const receipts = deliveries.map((delivery) => delivery.receipt);
    try {
      await Promise.all(receipts.map((receipt) => acknowledgements.push(receipt)));
    } catch (error) {
      // Not a failure of the caller's work: the hint comes again, and the store refuses what is done.
      logger?.debug("hints were not acknowledged, they will come again", { error: String(error) });
    } finally {
      reader.release(receipts);
    }
  };

  /** Requeues hints that arrived for a receiver that has stopped waiting, so that another one gets them at once. */
  const giveBack = async (deliveries: readonly Delivery[]): Promise<void> => {
    try {
      await offer(deliveries, 0);
      await acknowledge(deliveries);
    } catch (error) {
      logger?.debug("hints were not put back, they will come again", { error: String(error) });
    }
  };

  const receive = async ({ max, waitMs, signal }: ReceiveOptions): Promise<readonly Delivery[]> => {
    const stop = AbortSignal.any([signal, closing.signal]);
    const until = clock.now().getTime() + waitMs;
    const wanted = Math.min(Math.max(1, max), mostAtOnce);
    while (!stop.aborted) {
      try {
        const look = await reader.look(wanted);
        if (look.deliveries.length > 0) {
          if (!stop.aborted) return look.deliveries;
          await giveBack(look.deliveries);
          return [];
        }
        if (look.again) continue;
        const leftMs = until - clock.now().getTime();
        if (leftMs <= 0) return [];
        await wakeUp.wait(look.places, Math.min(leftMs, look.quietMs), stop);
      } catch (error) {
        logger?.debug("the queue cannot be reached, waiting", { error: String(error) });
        const ms = Math.min(awayMs, until - clock.now().getTime());
        if (ms <= 0) return [];
        await clock.sleep(ms, stop).catch(() => undefined);
      }
    }
    return [];
  };

  const waitingIn = async (lane: string): Promise<number> => {
    const length = await commands.run((client) => client.xlen(lane));
    if (length === 0) return 0;
    // Without a group nothing was ever taken.
    const summary = await commands.run((client) => client.xpending(lane, group).catch(() => [0]));
    return Math.max(0, length - Number(summary[0] ?? 0));
  };

  return {
    async offer(hints, delayMs = 0) {
      if (closing.signal.aborted) throw new AppError("unavailable");
      await offer(hints, Math.max(0, Math.ceil(delayMs)));
    },

    async receive(request) {
      received = true;
      receiving += 1;
      try {
        return await receive(request);
      } finally {
        receiving -= 1;
        if (receiving === 0) lastReceiveEnded?.();
      }
    },

    acknowledge,

    async depth() {
      const [high = 0, normal = 0, low = 0] = await Promise.all(keys.lanes.map(waitingIn));
      return { high, normal, low };
    },

    async check(signal) {
      signal?.throwIfAborted();
      return serverWarnings(await commands.run((client) => client.info()));
    },

    async close() {
      if (closing.signal.aborted) return;
      closing.abort();
      wakeUp.close();
      if (receiving > 0) {
        await new Promise<void>((resolve) => {
          lastReceiveEnded = resolve;
        });
      }
      await Promise.all([offers.idle(), acknowledgements.idle()]);
      if (received) {
        await commands
          .run((client) => runScript(client, leaveScript, keys.lanes, [group, consumer]), { once: true })
          .catch(() => undefined);
      }
      release();
    },
  };
}

function ownHub({ url, logger }: RedisHintQueueOptions): RedisHub {
  if (url === undefined) throw new Error("redisHintQueue needs a url or a hub");
  return redisHub({ url, ...(logger && { logger }) });
}
