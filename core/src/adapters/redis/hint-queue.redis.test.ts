import { describe, expect, test } from "bun:test";
import { eventually, isWhole } from "@vidferry/testing";
import { hintQueueConformance, newHint } from "@vidferry/testing/conformance";
import { missingService, startRedis, useService } from "@vidferry/testing/services";
import { Redis } from "ioredis";
import { systemClock } from "../system/clock.ts";
import { type RedisHintQueueOptions, redisHintQueue } from "./hint-queue.ts";
import { group, queueKeys } from "./queue-keys.ts";
import { reclaimScript } from "./queue-scripts.ts";
import { runScript } from "./script.ts";

const missing = missingService("redis") !== undefined;
const never = new AbortController().signal;

/** A queue with keys of its own, which go with it. */
async function openQueue(options: Partial<RedisHintQueueOptions> = {}) {
  const url = options.url ?? (await useService("redis"));
  const prefix = `test-${crypto.randomUUID()}`;
  const queue = redisHintQueue({ prefix, clock: systemClock, ...options, url });
  const redis = new Redis(url);
  return {
    queue,
    redis,
    prefix,
    keys: queueKeys(prefix),
    async [Symbol.asyncDispose]() {
      await queue.close();
      const keys = await redis.keys(`${prefix}:*`);
      if (keys.length > 0) await redis.del(...keys);
      redis.disconnect();
    },
  };
}

if (!missing) {
  hintQueueConformance({
    describe,
    test,
    expect,
    name: "redis",
    async create({ redeliverMs }) {
      const opened = await openQueue({ redeliverMs });
      return {
        queue: opened.queue,
        put: (hints, delayMs) => opened.queue.offer(hints, delayMs),
        settle: (deliveries) => opened.queue.acknowledge(deliveries),
        [Symbol.asyncDispose]: opened[Symbol.asyncDispose],
      };
    },
  });
}

describe.skipIf(missing)("redis hint queue", () => {
  test("delivers thousands of hints through four receivers and leaves nothing behind", async () => {
    await using opened = await openQueue();
    const { queue, redis, keys, prefix } = opened;
    const url = await useService("redis");
    const others = [1, 2, 3].map(() => redisHintQueue({ url, prefix, clock: systemClock }));
    const hints = Array.from({ length: isWhole ? 10_000 : 2_000 }, () => newHint());
    const seen = new Set<string>();
    const receiver = async (from: typeof queue): Promise<void> => {
      while (seen.size < hints.length) {
        const some = await from.receive({ max: 50, waitMs: 100, signal: never });
        for (const { jobId } of some) seen.add(jobId);
        await from.acknowledge(some);
      }
    };
    const receivers = [queue, ...others].map(receiver);
    for (let i = 0; i < hints.length; i += 250) await queue.offer(hints.slice(i, i + 250));
    await Promise.all(receivers);
    await Promise.all(others.map((other) => other.close()));
    for (const lane of keys.lanes) expect(await redis.xlen(lane)).toBe(0);
    expect(await redis.scard(keys.waiting)).toBe(0);
    const [pending] = await redis.xpending(keys.lanes[1], "workers");
    expect(pending).toBe(0);
  });

  test("adds a job once while it waits, and again after it was delivered", async () => {
    await using opened = await openQueue();
    const { queue, redis, keys } = opened;
    const hint = newHint();
    await queue.offer([hint, hint]);
    await queue.offer([hint]);
    expect(await redis.xlen(keys.lanes[1])).toBe(1);
    await queue.receive({ max: 1, waitMs: 10_000, signal: never });
    await queue.offer([hint]);
    expect(await redis.xlen(keys.lanes[1])).toBe(2);
  });

  test("offers a job again whose entry somebody deleted by hand", async () => {
    await using opened = await openQueue();
    const { queue, redis, keys } = opened;
    const hint = newHint();
    await queue.offer([hint]);
    await redis.xtrim(keys.lanes[1], "MAXLEN", 0);
    expect(await queue.receive({ max: 1, waitMs: 10, signal: never })).toEqual([]);
    await queue.offer([hint]);
    expect(await queue.receive({ max: 1, waitMs: 10_000, signal: never })).toMatchObject([hint]);
  });

  test("lets a low hint that has waited for long enough go before a high one that is new", async () => {
    await using opened = await openQueue({ laneOffsetMs: { high: 0, normal: 50, low: 100 } });
    const { queue, redis, keys } = opened;
    const [old, young] = [newHint("low"), newHint("high")];
    const longAgo = Date.now() - 5_000;
    await redis.xadd(keys.lanes[2], `${longAgo}-0`, "job", old.jobId);
    await queue.offer([young]);
    const order = [];
    for (let i = 0; i < 2; i++) order.push(...(await queue.receive({ max: 1, waitMs: 10_000, signal: never })));
    expect(order.map((delivery) => delivery.lane)).toEqual(["low", "high"]);
  });

  test("never starves the low lane under a steady flow of high hints", async () => {
    await using opened = await openQueue({ laneOffsetMs: { high: 0, normal: 20, low: 40 } });
    const { queue } = opened;
    await queue.offer([newHint("low")]);
    const lanesSeen: string[] = [];
    await eventually(async () => {
      await queue.offer([newHint("high"), newHint("high")]);
      const some = await queue.receive({ max: 1, waitMs: 1_000, signal: never });
      lanesSeen.push(...some.map((delivery) => delivery.lane));
      await queue.acknowledge(some);
      return lanesSeen.includes("low");
    });
    expect(lanesSeen[0]).toBe("high");
  });

  test("takes over what a dead receiver held, and forgets the receiver when it leaves with nothing", async () => {
    await using opened = await openQueue({ redeliverMs: 200 });
    const { queue, redis, keys, prefix } = opened;
    const hint = newHint("high");
    const url = await useService("redis");
    const dead = redisHintQueue({ url, prefix, clock: systemClock, consumer: "dead" });
    await queue.offer([hint]);
    expect(await dead.receive({ max: 1, waitMs: 10_000, signal: never })).toHaveLength(1);
    await dead.close();
    const taken = await queue.receive({ max: 1, waitMs: 20_000, signal: never });
    expect(taken).toMatchObject([hint]);
    await queue.acknowledge(taken);
    const again = redisHintQueue({ url, prefix, clock: systemClock, consumer: "dead" });
    await again.receive({ max: 1, waitMs: 1, signal: never });
    await again.close();
    const names = JSON.stringify(await redis.xinfo("CONSUMERS", keys.lanes[0], "workers"));
    expect(names).not.toContain("dead");
  });

  test("forgets consumers that hold nothing and are not seen any more, but no others", async () => {
    await using opened = await openQueue();
    const { queue, redis, keys } = opened;
    await queue.offer([newHint(), newHint()]);
    const read = (name: string) => redis.xreadgroup("GROUP", group, name, "COUNT", 1, "STREAMS", keys.lanes[1], ">");
    await queue.receive({ max: 1, waitMs: 10_000, signal: never });
    await read("holding");
    await redis.xgroup("CREATECONSUMER", keys.lanes[1], group, "empty");
    await eventually(async () => {
      const args = [group, "me", 60_000, 0, 0, "0-0", "0-0", "0-0"];
      await runScript(redis, reclaimScript, keys.lanes, args);
      return !JSON.stringify(await redis.xinfo("CONSUMERS", keys.lanes[1], group)).includes("empty");
    });
    const left = JSON.stringify(await redis.xinfo("CONSUMERS", keys.lanes[1], group));
    expect(left).toContain("holding");
  });

  test("gives a receiver that comes back under its name what it held before", async () => {
    await using opened = await openQueue();
    const { queue, prefix } = opened;
    const url = await useService("redis");
    const hint = newHint();
    const before = redisHintQueue({ url, prefix, clock: systemClock, consumer: "phoenix" });
    await queue.offer([hint]);
    await before.receive({ max: 1, waitMs: 10_000, signal: never });
    await before.close();
    const after = redisHintQueue({ url, prefix, clock: systemClock, consumer: "phoenix" });
    expect(await after.receive({ max: 1, waitMs: 10_000, signal: never })).toMatchObject([hint]);
    await after.close();
  });

  test("clears away entries that are not hints, with a warning, and delivers the rest", async () => {
    const warnings: string[] = [];
    const quiet = { debug: () => undefined, info: () => undefined, error: () => undefined };
    const logger = { ...quiet, warn: (message: string) => void warnings.push(message), child: () => logger };
    await using opened = await openQueue({ logger });
    const { queue, redis, keys } = opened;
    const hint = newHint();
    await redis.xadd(keys.lanes[1], "*", "hello", "world");
    await redis.xadd(keys.lanes[1], "*", "job", "../../etc/passwd");
    await queue.offer([hint]);
    const got = await queue.receive({ max: 1, waitMs: 10_000, signal: never });
    expect(got).toMatchObject([hint]);
    await queue.acknowledge(got);
    expect(await redis.xlen(keys.lanes[1])).toBe(0);
    expect(warnings.some((message) => message.includes("not hints"))).toBe(true);
  });

  test("reuses its connections and closes all of them", async () => {
    await using server = await startRedis();
    const { url } = server;
    const redis = new Redis(url);
    const ours = async (): Promise<number> =>
      String(await redis.client("LIST"))
        .split("\n")
        .filter((line) => line.includes("name=vidferry-")).length;
    const before = await ours();
    const queues = await Promise.all([openQueue({ url }), openQueue({ url })]);
    for (const { queue } of queues) {
      await queue.offer([newHint()]);
      await Promise.all(Array.from({ length: 20 }, () => queue.receive({ max: 1, waitMs: 200, signal: never })));
    }
    expect(await ours()).toBeLessThanOrEqual(before + 6);
    for (const opened of queues) await opened[Symbol.asyncDispose]();
    await eventually(async () => (await ours()) === before);
    redis.disconnect();
  });
});
