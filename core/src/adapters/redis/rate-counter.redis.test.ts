import { describe, expect, test } from "bun:test";
import { createRecordingLogger, eventually } from "@vidferry/testing";
import { missingService, startRedis, useService } from "@vidferry/testing/services";
import type { RateCounter, RateRule } from "../../accounts/rate-counter.ts";
import { memoryRateCounter } from "../memory/rate-counter.ts";
import { redisHub } from "./hub.ts";
import { redisRateCounter } from "./rate-counter.ts";

const rule: RateRule = { name: "requests", limit: 3, windowSeconds: 60 };
const missing = missingService("redis") !== undefined;

async function openRedis(url: string, prefix = `test-${crypto.randomUUID()}`) {
  const logger = createRecordingLogger();
  const hub = redisHub({ url });
  // Until it is connected, a process counts alone.
  await hub.commands.run((client) => client.ping());
  return { counter: redisRateCounter({ hub, prefix, logger }), logger, prefix };
}

const adapters: Record<string, () => Promise<RateCounter>> = {
  memory: async () => memoryRateCounter(),
  ...(missing ? {} : { redis: async () => (await openRedis(await useService("redis"))).counter }),
};

describe.each(Object.entries(adapters))("a rate counter: %s", (_name, open) => {
  test("counts up to the limit, and says when there is room again", async () => {
    const counter = await open();
    const counts = [];
    for (let i = 0; i < 5; i++) counts.push(await counter.count(rule, "alice"));
    expect(counts.map(({ isWithin, remaining }) => [isWithin, remaining])).toEqual([
      [true, 2],
      [true, 1],
      [true, 0],
      [false, 0],
      [false, 0],
    ]);
    for (const { resetsInMs } of counts) {
      expect(resetsInMs).toBeGreaterThan(0);
      expect(resetsInMs).toBeLessThanOrEqual(60_000);
    }
    await counter.close();
  });

  test("counts keys, rules and limits apart", async () => {
    const counter = await open();
    for (let i = 0; i < 4; i++) await counter.count(rule, "alice");
    expect((await counter.count(rule, "bob")).remaining).toBe(2);
    expect((await counter.count({ ...rule, name: "anonymous" }, "alice")).remaining).toBe(2);
    await counter.close();
  });

  test("looking counts nothing", async () => {
    const counter = await open();
    for (let i = 0; i < 5; i++)
      expect(await counter.look(rule, "alice")).toEqual({ isWithin: true, remaining: 3, resetsInMs: 0 });
    for (let i = 0; i < 3; i++) await counter.count(rule, "alice");
    expect((await counter.look(rule, "alice")).isWithin).toBe(false);
    await counter.close();
  });

  test("begins anew when the window has ended", async () => {
    const counter = await open();
    const short = { ...rule, name: "short", windowSeconds: 1 };
    for (let i = 0; i < 4; i++) await counter.count(short, "alice");
    await eventually(async () => (await counter.count(short, "alice")).isWithin);
    await counter.close();
  });

  test("uses at once are counted one by one", async () => {
    const counter = await open();
    const counts = await Promise.all(Array.from({ length: 50 }, () => counter.count({ ...rule, limit: 20 }, "alice")));
    expect(counts.filter(({ isWithin }) => isWithin)).toHaveLength(20);
    await counter.close();
  });
});

describe.skipIf(missing)("a rate counter on Redis", () => {
  test("counts for all processes together", async () => {
    const url = await useService("redis");
    const first = await openRedis(url);
    const second = await openRedis(url, first.prefix);
    const counts = [];
    for (const { counter } of [first, second, first, second]) counts.push(await counter.count(rule, "alice"));
    expect(counts.map(({ isWithin }) => isWithin)).toEqual([true, true, true, false]);
    await Promise.all([first.counter.close(), second.counter.close()]);
  });

  test("goes on alone while Redis is away or silent, and together again afterwards", async () => {
    await using redis = await startRedis();
    const { counter, logger } = await openRedis(redis.url);
    expect((await counter.count(rule, "alice")).remaining).toBe(2);
    process.kill(redis.pid, "SIGSTOP");
    const counts = [];
    for (let i = 0; i < 4; i++) counts.push(await counter.count(rule, "alice"));
    expect(counts.map(({ isWithin }) => isWithin)).toEqual([true, true, true, false]);
    expect(logger.lines.filter(({ level }) => level === "warn")).toHaveLength(1);
    process.kill(redis.pid, "SIGCONT");
    await eventually(async () => {
      await counter.count(rule, "bob");
      return logger.lines.some(({ message }) => message.endsWith("together again"));
    });
    await counter.close();
  });
});
