import { RateLimiterRedis } from "rate-limiter-flexible";
import type { RateCount, RateCounter } from "../../accounts/rate-counter.ts";
import type { Logger } from "../../telemetry/logger.ts";
import { countWith, limiters, lookWith, memoryRateCounter, pointsOf } from "../memory/rate-counter.ts";
import { settlesWithin } from "./deadline.ts";
import type { RedisHub } from "./hub.ts";

/** How {@link redisRateCounter} is set up. */
export interface RedisRateCounterOptions {
  /** Connections shared with others of this process. */
  readonly hub: RedisHub;
  /** Start of the keys' names. Default: `vidferry`. */
  readonly prefix?: string;
  readonly logger?: Logger;
}

// Every request waits for its count, so an ailing Redis must not cost more than this, and not again at once.
const patienceMs = 250;
const apartMs = 1_000;

/**
 * Counts uses in Redis, for all processes on it. While Redis is away or slow, each process counts for itself: requests go on, and
 * a limit holds for each process alone.
 */
export function redisRateCounter({ hub, prefix = "vidferry", logger }: RedisRateCounterOptions): RateCounter {
  const release = hub.use();
  const { client } = hub.commands;
  const alone = memoryRateCounter();
  let aloneUntil = 0;
  let isAlone = false;
  const limiterOf = limiters(
    (rule) =>
      new RateLimiterRedis({
        ...pointsOf(rule),
        storeClient: client,
        keyPrefix: `${prefix}:rate:${rule.name}`,
        rejectIfRedisNotReady: true,
        // Who is over the limit already costs no command until the window ends.
        inMemoryBlockOnConsumed: rule.limit,
      }),
  );

  async function shared(work: () => Promise<RateCount>, instead: () => Promise<RateCount>): Promise<RateCount> {
    if (performance.now() < aloneUntil) return await instead();
    try {
      const count = await settlesWithin(patienceMs, work(), () => undefined);
      if (isAlone) logger?.info("requests are counted together again");
      isAlone = false;
      return count;
    } catch (error) {
      if (!isAlone) logger?.warn("redis is away: each process counts requests for itself", { error: String(error) });
      isAlone = true;
      aloneUntil = performance.now() + apartMs;
      return await instead();
    }
  }

  return {
    count: (rule, key) =>
      shared(
        () => countWith(limiterOf(rule), rule, key),
        () => alone.count(rule, key),
      ),
    look: (rule, key) =>
      shared(
        () => lookWith(limiterOf(rule), rule, key),
        () => alone.look(rule, key),
      ),
    close: async () => {
      release();
      await alone.close();
    },
  };
}
