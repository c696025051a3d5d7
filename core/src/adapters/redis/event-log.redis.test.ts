import { describe, expect, test } from "bun:test";
import { eventually } from "@vidferry/testing";
import { eventLogConformance, jobOf, newHint, newJobId, progressOf } from "@vidferry/testing/conformance";
import { missingService, startRedis, useService } from "@vidferry/testing/services";
import { Redis } from "ioredis";
import { jobTopic } from "../../jobs/event-log.ts";
import { compareEventIds, type LoggedEvent } from "../../jobs/events.ts";
import { systemClock } from "../system/clock.ts";
import { redisEventLog } from "./event-log.ts";
import { redisHintQueue } from "./hint-queue.ts";
import { redisHub } from "./hub.ts";
import { redisSignals } from "./signals.ts";

const missing = missingService("redis") !== undefined;

async function openLog(options: { maxEvents?: number; maxSharedEvents?: number; maxSharedSeconds?: number } = {}) {
  const url = await useService("redis");
  const prefix = `test-${crypto.randomUUID()}`;
  const log = redisEventLog({ url, prefix, ...options });
  const redis = new Redis(url);
  return {
    log,
    redis,
    url,
    prefix,
    async [Symbol.asyncDispose]() {
      await log.close();
      const keys = await redis.keys(`${prefix}:*`);
      if (keys.length > 0) await redis.del(...keys);
      redis.disconnect();
    },
  };
}

if (!missing) {
  eventLogConformance({ describe, test, expect, name: "redis", create: openLog });
}

describe.skipIf(missing)("redis event log", () => {
  test("carries events from one process to another, under the same ids", async () => {
    await using opened = await openLog();
    const { url, prefix } = opened;
    const reader = redisEventLog({ url, prefix });
    const jobId = newJobId();
    const heard: (LoggedEvent | null)[] = [];
    await reader.subscribe(jobTopic(jobId), (event) => heard.push(event));
    const start = await reader.read(jobTopic(jobId));
    const id = await opened.log.append(jobTopic(jobId), progressOf(jobId, 1));
    await eventually(() => heard.length > 0);
    expect(heard).toEqual([{ ...progressOf(jobId, 1), id }]);
    expect((await reader.read(jobTopic(jobId), start.lastId)).events).toEqual([{ ...progressOf(jobId, 1), id }]);
    await reader.close();
  });

  test("nothing of an attempt comes after its cancel by another process, however busily its worker tells", async () => {
    await using opened = await openLog();
    const { url, prefix } = opened;
    const worker = redisEventLog({ url, prefix });
    const jobId = newJobId();
    const start = (await opened.log.read(jobTopic(jobId))).lastId;
    const heard: (LoggedEvent | null)[] = [];
    await opened.log.subscribe(jobTopic(jobId), (event) => heard.push(event));
    let isTelling = true;
    const telling = (async () => {
      for (let percent = 1; isTelling; percent = (percent % 99) + 1) {
        await Promise.all([1, 2, 3].map(() => worker.append(jobTopic(jobId), progressOf(jobId, percent))));
      }
    })();
    await eventually(() => heard.length > 10);
    const canceled = await opened.log.append(jobTopic(jobId), jobOf(jobId, "canceled", 1));
    for (let late = 0; late < 20; late++)
      expect(await worker.append(jobTopic(jobId), progressOf(jobId, 1))).toBe(canceled);
    isTelling = false;
    await telling;
    expect((await opened.log.read(jobTopic(jobId), start)).events.at(-1)?.id).toBe(canceled);
    expect(heard.at(-1)?.id).toBe(canceled);
    await worker.close();
  });

  test("uses one subscriber connection for all listeners, shared with queue and signals", async () => {
    await using server = await startRedis();
    const { url } = server;
    const prefix = "test";
    const redis = new Redis(url);
    const hub = redisHub({ url });
    const log = redisEventLog({ hub, prefix });
    const queue = redisHintQueue({ hub, prefix, clock: systemClock });
    const signals = redisSignals({ hub, prefix });
    const count = async (): Promise<number> => Number(/connected_clients:(\d+)/.exec(await redis.info("clients"))?.[1]);
    const before = await count();
    signals.listen(() => undefined);
    let heard = 0;
    const jobs = Array.from({ length: 200 }, newJobId);
    await Promise.all(jobs.map((jobId) => log.subscribe(jobTopic(jobId), () => (heard += 1))));
    expect(await count()).toBeLessThanOrEqual(before + 2);
    await Promise.all(jobs.map((jobId) => log.append(jobTopic(jobId), progressOf(jobId, 1))));
    await eventually(() => heard === 200);
    await log.close();
    await queue.offer([newHint()]);
    await queue.close();
    await signals.close();
    // The counting connection alone is left.
    await eventually(async () => (await count()) === 1);
    redis.disconnect();
  });

  test("shares the log of a job with processes of the version before topics", async () => {
    await using opened = await openLog();
    const { log, redis, prefix } = opened;
    const jobId = newJobId();
    const key = `${prefix}:ev:{${jobId}}`;
    const topic = jobTopic(jobId);
    // As that version wrote: `o` alone.
    await redis.xadd(
      key,
      "7-1",
      "t",
      "job",
      "d",
      JSON.stringify({ id: jobId, state: "running", attempt: 1 }),
      "o",
      "0",
    );
    await redis.xadd(
      key,
      "7-2",
      "t",
      "job",
      "d",
      JSON.stringify({ id: jobId, state: "canceled", attempt: 1 }),
      "o",
      "1",
    );
    expect((await log.read(topic, "7-1")).events).toMatchObject([{ id: "7-2", data: { state: "canceled" } }]);
    expect(await log.append(topic, progressOf(jobId, 1))).toBe("7-2");
    expect(await log.append(topic, jobOf(jobId, "running", 2))).toBe("7-3");
    // As that version reads: what is over is in `o`, on the newest entry.
    const overOnNewest = async () => (await redis.xrevrange(key, "+", "-", "COUNT", 1))[0]?.[1].join(" ");
    expect(await overOnNewest()).toContain(" o 1 ");
    await log.append(topic, jobOf(jobId, "failed", 2));
    expect(await overOnNewest()).toContain(" o 2 ");
  });

  test("whatever a topic of many jobs keeps goes by itself", async () => {
    await using opened = await openLog({ maxSharedEvents: 10 });
    const { log, redis, prefix } = opened;
    const topic = "owner:ada" as const;
    const jobs = Array.from({ length: 300 }, newJobId);
    for (const jobId of jobs) await log.append(topic, jobOf(jobId, "running", 1));
    const keys = await redis.keys(`${prefix}:*`);
    expect(keys).toHaveLength(jobs.length + 2);
    for (const key of keys) expect(await redis.ttl(key)).toBeGreaterThan(0);
    // Redis trims by whole nodes of a hundred entries.
    expect(await redis.xlen(`${prefix}:ev:{${topic}}`)).toBeLessThanOrEqual(210);
  });

  test("takes a log of many jobs for a new one when Redis has evicted either of its keys", async () => {
    for (const evicted of [":place", ""]) {
      await using opened = await openLog();
      const { log, redis, prefix } = opened;
      const topic = "owner:ada" as const;
      const [job, other] = [newJobId(), newJobId()];
      const first = await log.append(topic, jobOf(job, "running", 1));
      const last = await log.append(topic, jobOf(job, "succeeded", 1));
      await redis.del(`${prefix}:ev:{${topic}}${evicted}`);
      expect(await log.read(topic, first)).toMatchObject({ events: [], complete: false });
      const next = await log.append(topic, jobOf(other, "running", 1));
      expect(compareEventIds(last, next)).toBeLessThan(0);
      expect(await log.read(topic, first)).toMatchObject({ events: [], complete: false });
    }
  });

  test("parses an event once, whatever the number of listeners", async () => {
    await using opened = await openLog();
    const { log } = opened;
    const heard: (LoggedEvent | null)[] = [];
    for (let i = 0; i < 3; i++) await log.subscribe("owner:ada", (event) => heard.push(event));
    await log.append("owner:ada", progressOf(newJobId(), 1));
    await eventually(() => heard.length === 3);
    expect(new Set(heard).size).toBe(1);
  });

  test("lets a log that nobody ended go by itself", async () => {
    await using opened = await openLog();
    const { redis, prefix } = opened;
    const jobId = newJobId();
    await opened.log.append(jobTopic(jobId), progressOf(jobId, 1));
    expect(await redis.ttl(`${prefix}:ev:{${jobId}}`)).toBeGreaterThan(80_000);
  });

  test("passes over events and messages of a kind it does not know", async () => {
    await using opened = await openLog();
    const { redis, prefix } = opened;
    const jobId = newJobId();
    const heard: (LoggedEvent | null)[] = [];
    await opened.log.subscribe(jobTopic(jobId), (event) => heard.push(event));
    const first = await opened.log.append(jobTopic(jobId), progressOf(jobId, 1));
    const epoch = first.split("-")[0];
    const key = `${prefix}:ev:{${jobId}}`;
    await redis.xadd(key, `${epoch}-2`, "t", "confetti", "d", "{}");
    for (const text of ["", "x", "1-1 progress {", "1-2 confetti {}"]) await redis.publish(key, text);
    const last = await opened.log.append(jobTopic(jobId), progressOf(jobId, 2));
    await eventually(() => heard.length === 2);
    expect(heard.map((event) => event?.id)).toEqual([first, last]);
    expect((await opened.log.read(jobTopic(jobId), first)).events.map((event) => event.id)).toEqual([last]);
  });
});
