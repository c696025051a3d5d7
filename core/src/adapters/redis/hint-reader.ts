import type { Delivery } from "../../jobs/hint-queue.ts";
import type { Priority } from "../../jobs/request-values.ts";
import type { Clock } from "../../runtime/clock.ts";
import type { JobId } from "../../runtime/ids.ts";
import type { Logger } from "../../telemetry/logger.ts";
import type { RedisConnection } from "./connection.ts";
import { group, lanes, type QueueKeys, queueKeyList } from "./queue-keys.ts";
import { claimScript, reclaimScript } from "./queue-scripts.ts";
import { runScript } from "./script.ts";
import type { StreamPlaces } from "./wake-up.ts";

/** Result of one look at the queue. */
export interface Look {
  readonly deliveries: readonly Delivery[];
  /** Only foreign entries were found; there may be hints after them. */
  readonly again: boolean;
  /** Milliseconds until something happens without a new entry: a delayed hint is due, or it is time to reclaim. */
  readonly quietMs: number;
  /** Where to wait for new entries. */
  readonly places: StreamPlaces;
}

/** Takes hints in the name of one consumer. */
export interface HintReader {
  /** Looks once for hints of a lost reply, of dead receivers, and for new ones. Takes up to `max`. */
  look(max: number): Promise<Look>;
  /** Drops deliveries that were acknowledged, or whose acknowledgement failed. */
  release(receipts: readonly string[]): void;
}

/** What a {@link HintReader} works with. */
export interface HintReaderOptions {
  readonly commands: RedisConnection;
  readonly keys: QueueKeys;
  readonly consumer: string;
  /** The consumer's name was used before, so something may still be in its name. */
  readonly mayHoldHints: boolean;
  readonly redeliverMs: number;
  readonly laneOffsetMs: Readonly<Record<Priority, number>>;
  readonly clock: Clock;
  readonly logger: Logger | undefined;
}

/** Lua passes lists on its stack, which holds some thousands of values. */
export const mostAtOnce = 1_000;
// Consumers without pending entries are deleted after this idle time.
const deadConsumerMs = 600_000;

type Flat = readonly (string | number)[];
type ClaimReply = readonly [Flat, number, number, ...string[]];
type ReclaimReply = readonly [Flat, string, string, string];
type PendingReply = readonly (readonly [string, readonly (readonly [string, readonly string[] | null])[]])[] | null;

/** Makes the reader of one consumer. */
export function createHintReader(options: HintReaderOptions): HintReader {
  const { commands, keys, consumer, redeliverMs, laneOffsetMs, clock, logger } = options;
  const keyList = queueKeyList(keys);
  const offsets = lanes.map((lane) => laneOffsetMs[lane]);
  /** Receipts that were handed out and are not acknowledged. */
  const held = new Set<string>();
  /** The reply of a claim was lost: this consumer has pending entries that it does not know. */
  let replyLost = options.mayHoldHints;
  let reclaimAt = 0;
  let reclaimFrom: readonly [string, string, string] = ["0-0", "0-0", "0-0"];

  const handOut = (flat: Flat): Delivery[] => {
    const deliveries: Delivery[] = [];
    for (let i = 0; i + 2 < flat.length; i += 3) {
      const receipt = `${flat[i]}:${flat[i + 1]}`;
      held.add(receipt);
      deliveries.push({ jobId: flat[i + 2] as JobId, lane: lanes[Number(flat[i]) - 1] ?? "normal", receipt });
    }
    return deliveries;
  };

  const recover = async (max: number): Promise<Delivery[]> => {
    const flat: (string | number)[] = [];
    for (const [index, key] of keys.lanes.entries()) {
      const reply = await commands.run(
        (client) =>
          client
            .xreadgroup("GROUP", group, consumer, "COUNT", mostAtOnce, "STREAMS", key, "0")
            .catch((error: unknown) => (isGroupMissing(error) ? null : Promise.reject(error))),
        { once: true },
      );
      for (const [entry, fields] of (reply as PendingReply)?.[0]?.[1] ?? []) {
        const id = fields?.[1];
        if (id !== undefined && !held.has(`${index + 1}:${entry}`)) flat.push(index + 1, entry, id);
      }
    }
    replyLost = flat.length > 3 * max;
    return handOut(flat.slice(0, 3 * max));
  };

  const reclaim = async (max: number): Promise<Delivery[]> => {
    // With jitter, so that receivers do not reclaim at the same time.
    reclaimAt = clock.now().getTime() + (redeliverMs / 2) * (0.75 + Math.random() / 2);
    const args = [group, consumer, redeliverMs, max, deadConsumerMs, ...reclaimFrom];
    const reply = await commands.run((client) => runScript(client, reclaimScript, keys.lanes, args), { once: true });
    const [flat, ...cursors] = reply as ReclaimReply;
    reclaimFrom = cursors;
    if (flat.length > 0) logger?.info("took over hints of a receiver that is gone", { count: flat.length / 3 });
    return handOut(flat);
  };

  const claim = async (max: number): Promise<Look> => {
    const args = [group, consumer, max, ...offsets];
    const reply = await commands.run((client) => runScript(client, claimScript, keyList, args), { once: true });
    const [flat, foreign, nextMs, ...places] = reply as ClaimReply;
    if (foreign > 0) {
      logger?.warn("entries that are not hints were removed from the queue's streams", { count: foreign });
    }
    const untilReclaim = Math.max(1, reclaimAt - clock.now().getTime());
    // One more, because the server counts whole milliseconds.
    const quietMs = nextMs < 0 ? untilReclaim : Math.min(untilReclaim, nextMs + 1);
    return { deliveries: handOut(flat), again: foreign > 0, quietMs, places };
  };

  return {
    async look(max) {
      try {
        for (const [due, takeOver] of [
          [replyLost, recover],
          [clock.now().getTime() >= reclaimAt, reclaim],
        ] as const) {
          const deliveries = due ? await takeOver(max) : [];
          if (deliveries.length > 0) return { deliveries, again: false, quietMs: 0, places: [] };
        }
        return await claim(max);
      } catch (error) {
        replyLost = true;
        throw error;
      }
    },
    release(receipts) {
      for (const receipt of receipts) held.delete(receipt);
    },
  };
}

/** After FLUSHALL or a restart without persistence; the next claim makes the group anew. */
function isGroupMissing(error: unknown): boolean {
  return error instanceof Error && error.message.startsWith("NOGROUP");
}
