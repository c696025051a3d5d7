import { randomUUID } from "node:crypto";
import { AppError } from "../../errors/app-error.ts";
import type { JobId } from "../../job/ids.ts";
import type { Priority } from "../../job/presets.ts";
import type { Clock } from "../../ports/clock.ts";
import type { ControlSignal, Delivery, JobQueue, ReceiveOptions } from "../../ports/job-queue.ts";
import type { JobHint } from "../../ports/job-store.ts";
import type { Logger } from "../../ports/logger.ts";
import { laneOffsetMs as defaultOffsetMs } from "../job-rules/lanes.ts";
import { createBatcher } from "./batcher.ts";
import { openClient } from "./connection.ts";
import { type RedisHub, redisHub } from "./hub.ts";
import { group, lanes, queueKeys } from "./queue-keys.ts";
import { acknowledgeScript, claimScript, leaveScript, offerScript, reclaimScript } from "./queue-scripts.ts";
import { runScript } from "./script.ts";
import { serverWarnings } from "./server-check.ts";
import { createWakeUp } from "./wake-up.ts";

/** How {@link redisQueue} is set up. Either `url` or `hub`. */
export interface RedisQueueOptions {
  /** `redis://…` or `rediss://…`; for connections of the queue's own. */
  readonly url?: string;
  /** Connections shared with others of this process. */
  readonly hub?: RedisHub;
  /** Start of all keys. Default `vidferry`. */
  readonly prefix?: string;
  /** Name of this receiver in the consumer group; unique among living processes. Default: random. */
  readonly consumer?: string;
  readonly clock: Clock;
  readonly logger?: Logger;
  /** A delivery that was not acknowledged for this long comes again. Default 30,000 ms. */
  readonly redeliverMs?: number;
  /** Longest block of the waiting read. Default 2,000 ms. */
  readonly blockMs?: number;
  /** Milliseconds added to a hint's time by its lane; the earliest goes first. Default: the order of the stores. */
  readonly laneOffsetMs?: Readonly<Record<Priority, number>>;
}

// Lua passes lists on its stack, which holds some thousands of values.
const mostAtOnce = 1_000;
// Consumers that hold nothing and were not seen for this long are forgotten.
const deadConsumerMs = 600_000;
// How long a receiver waits before it tries a server again that is away.
const awayMs = 200;

type Flat = readonly (string | number)[];
type ClaimReply = readonly [Flat, number, number, string, string, string, string];
type ReclaimReply = readonly [Flat, string, string, string];

/**
 * Delivers hints through Redis Streams: a stream a lane, one consumer group, every transition one script.
 *
 * State of jobs is never kept here: after FLUSHALL, a restart without persistence or a lost reply the store's sweep
 * offers again. Needs Redis 6.2 or Valkey 7.2; keys share the hash tag `{queue}`.
 * A receiver that waits has a connection of its own; see {@link RedisHub} for the others.
 */
export function redisQueue(options: RedisQueueOptions): JobQueue {
  const {
    clock,
    logger,
    prefix = "vidferry",
    redeliverMs = 30_000,
    blockMs = 2_000,
    laneOffsetMs = defaultOffsetMs,
  } = options;
  const consumer = options.consumer ?? randomUUID();
  const hub = options.hub ?? ownHub(options);
  const keys = queueKeys(prefix);
  const allKeys = [...keys.lanes, keys.delayed, keys.waiting, keys.wake];
  const { commands } = hub;
  const release = hub.use();
  const wakeUp = createWakeUp([...keys.lanes, keys.wake], blockMs, () =>
    openClient({ url: hub.url, name: "vidferry-receiver", ...(logger && { logger }) }),
  );
  const listeners = new Set<(signal: ControlSignal) => void>();
  const closing = new AbortController();
  /** Receipts that were handed out by this process and not acknowledged. */
  const held = new Set<string>();
  let reclaimAt = 0;
  let reclaimFrom: readonly [string, string, string] = ["0-0", "0-0", "0-0"];
  /** A claim's reply was lost, perhaps that of an earlier process of this name: what it took is in our name, and nobody knows. */
  let replyLost = options.consumer !== undefined;
  let received = false;
  let receiving = 0;
  let lastReceiveEnded: (() => void) | null = null;
  let unsubscribe: Promise<() => void> | null = null;

  const offers = createBatcher<readonly [lane: number, delayMs: number, id: JobId], null>(mostAtOnce, async (batch) => {
    await commands.run((client) => runScript(client, offerScript, allKeys, batch.flat()));
    return batch.map(() => null);
  });
  const acknowledgements = createBatcher<readonly string[], null>(mostAtOnce, async (batch) => {
    const args = batch.flatMap((receipts) => receipts.flatMap(splitReceipt));
    for (let from = 0; from < args.length; from += 2 * mostAtOnce) {
      const some = args.slice(from, from + 2 * mostAtOnce);
      await commands.run((client) => runScript(client, acknowledgeScript, keys.lanes, [group, ...some]));
    }
    return batch.map(() => null);
  });

  const handOut = (flat: Flat): Delivery[] => {
    const deliveries: Delivery[] = [];
    for (let i = 0; i + 2 < flat.length; i += 3) {
      const number = Number(flat[i]);
      const receipt = `${number}:${flat[i + 1]}`;
      held.add(receipt);
      deliveries.push({ jobId: flat[i + 2] as JobId, lane: laneOf(number), receipt });
    }
    return deliveries;
  };

  /** Finds what a lost reply took in our name. */
  const recover = async (max: number): Promise<Delivery[]> => {
    const flat: (string | number)[] = [];
    for (const [index, lane] of keys.lanes.entries()) {
      const reply = (await commands.run(
        (client) =>
          client
            .xreadgroup("GROUP", group, consumer, "COUNT", mostAtOnce, "STREAMS", lane, "0")
            .catch((error: unknown) => (isGroupMissing(error) ? null : Promise.reject(error))),
        { once: true },
      )) as [string, [string, string[] | null][]][] | null;
      for (const [entry, fields] of reply?.[0]?.[1] ?? []) {
        const id = fields?.[1];
        if (id !== undefined && !held.has(`${index + 1}:${entry}`)) flat.push(index + 1, entry, id);
      }
    }
    replyLost = flat.length > 3 * max;
    return handOut(flat.slice(0, 3 * max));
  };

  const reclaim = async (max: number): Promise<Delivery[]> => {
    // Spread out, so that many receivers do not ask at the same moment.
    reclaimAt = clock.now().getTime() + (redeliverMs / 2) * (0.75 + Math.random() / 2);
    const args = [group, consumer, redeliverMs, max, deadConsumerMs, ...reclaimFrom];
    const reply = await commands.run((client) => runScript(client, reclaimScript, keys.lanes, args), { once: true });
    const [flat, ...cursors] = reply as ReclaimReply;
    reclaimFrom = cursors;
    if (flat.length > 0) logger?.info("took over hints of a receiver that is gone", { count: flat.length / 3 });
    return handOut(flat);
  };

  const claim = async (
    max: number,
  ): Promise<{ deliveries: Delivery[]; again: boolean; nextMs: number; places: string[] }> => {
    const args = [group, consumer, max, ...lanes.map((lane) => laneOffsetMs[lane])];
    const reply = await commands.run((client) => runScript(client, claimScript, allKeys, args), { once: true });
    const [flat, foreign, nextMs, ...places] = reply as ClaimReply;
    if (foreign > 0)
      logger?.warn("entries that are not hints were removed from the queue's streams", { count: foreign });
    return { deliveries: handOut(flat), again: foreign > 0, nextMs, places };
  };

  /** One look: at what was lost, at what others left behind, at what is new. */
  const take = async (max: number): Promise<Awaited<ReturnType<typeof claim>>> => {
    const taken = (deliveries: Delivery[]) => ({ deliveries, again: false, nextMs: -1, places: [] });
    try {
      if (replyLost) {
        const lost = await recover(max);
        if (lost.length > 0) return taken(lost);
      }
      if (clock.now().getTime() >= reclaimAt) {
        const left = await reclaim(max);
        if (left.length > 0) return taken(left);
      }
      return await claim(max);
    } catch (error) {
      replyLost = true;
      throw error;
    }
  };

  /** Puts back what arrived for a receiver that has stopped waiting, so that another need not wait for it. */
  const giveBack = async (deliveries: readonly Delivery[]): Promise<void> => {
    const args = deliveries.flatMap(({ jobId, lane }) => [lanes.indexOf(lane) + 1, 0, jobId]);
    try {
      await commands.run((client) => runScript(client, offerScript, allKeys, args));
      await acknowledge(deliveries);
    } catch (error) {
      logger?.debug("hints were not put back, they will come again", { error: String(error) });
    }
  };

  const acknowledge = async (deliveries: readonly Delivery[]): Promise<void> => {
    if (deliveries.length === 0) return;
    const receipts = deliveries.map((delivery) => delivery.receipt);
    try {
      await acknowledgements.push(receipts);
    } catch (error) {
      // Not a failure of the caller's work: the hint comes again, and the store refuses what is done.
      logger?.debug("hints were not acknowledged, they will come again", { error: String(error) });
    } finally {
      for (const receipt of receipts) held.delete(receipt);
    }
  };

  const receive = async ({ max, waitMs, signal }: ReceiveOptions): Promise<readonly Delivery[]> => {
    const stop = AbortSignal.any([signal, closing.signal]);
    const until = clock.now().getTime() + waitMs;
    const wanted = Math.min(Math.max(1, max), mostAtOnce);
    while (!stop.aborted) {
      try {
        const look = await take(wanted);
        if (look.deliveries.length > 0) {
          if (!stop.aborted) return look.deliveries;
          await giveBack(look.deliveries);
          return [];
        }
        if (look.again) continue;
        const now = clock.now().getTime();
        if (now >= until) return [];
        const nextMs = look.nextMs < 0 ? Number.POSITIVE_INFINITY : look.nextMs + 1;
        await wakeUp.wait(look.places, Math.min(until - now, nextMs, Math.max(1, reclaimAt - now)), stop);
      } catch (error) {
        logger?.debug("the queue cannot be reached, waiting", { error: String(error) });
        const ms = Math.min(awayMs, until - clock.now().getTime());
        if (ms <= 0) return [];
        await clock.sleep(ms, stop).catch(() => undefined);
      }
    }
    return [];
  };

  const signalHeard = (message: string | null): void => {
    const signal = message === null ? null : parseSignal(message);
    if (signal !== null) for (const listener of [...listeners]) listener(signal);
  };

  return {
    async offer(hints: readonly JobHint[], delayMs = 0) {
      if (closing.signal.aborted) throw new AppError("unavailable");
      const delay = Math.max(0, Math.ceil(delayMs));
      await Promise.all(hints.map((hint) => offers.push([lanes.indexOf(hint.lane) + 1, delay, hint.jobId])));
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

    async signal(signal) {
      await commands
        .run((client) => client.publish(keys.control, JSON.stringify(signal)))
        .catch((error: unknown) => logger?.debug("a signal was not sent", { error: String(error) }));
    },

    onSignal(listener) {
      listeners.add(listener);
      unsubscribe ??= hub.subscriber.subscribe(keys.control, signalHeard);
      return () => {
        listeners.delete(listener);
      };
    },

    async depth() {
      const counts = await Promise.all(
        keys.lanes.map(async (lane) => {
          const length = await commands.run((client) => client.xlen(lane));
          const pending =
            length === 0 ? [0] : await commands.run((client) => client.xpending(lane, group)).catch(() => [0]);
          return Math.max(0, length - Number(pending[0] ?? 0));
        }),
      );
      return { high: counts[0] ?? 0, normal: counts[1] ?? 0, low: counts[2] ?? 0 } satisfies Record<Priority, number>;
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
      await unsubscribe?.then((stop) => stop()).catch(() => undefined);
      listeners.clear();
      release();
    },
  };
}

function ownHub({ url, logger }: RedisQueueOptions): RedisHub {
  if (url === undefined) throw new Error("redisQueue needs a url or a hub");
  return redisHub({ url, ...(logger && { logger }) });
}

function isGroupMissing(error: unknown): boolean {
  return error instanceof Error && error.message.startsWith("NOGROUP");
}

function laneOf(number: number): Priority {
  return lanes[number - 1] ?? "normal";
}

function splitReceipt(receipt: string): [lane: string, entry: string] {
  return [receipt.slice(0, 1), receipt.slice(2)];
}

/** A control signal, or null for a message of another kind: newer processes may send more than this one knows. */
function parseSignal(message: string): ControlSignal | null {
  try {
    const value = JSON.parse(message) as Partial<ControlSignal> | null;
    return value?.type === "stop" && typeof value.jobId === "string" ? { type: "stop", jobId: value.jobId } : null;
  } catch {
    return null;
  }
}
