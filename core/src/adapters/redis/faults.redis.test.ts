import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { eventually, startTcpProxy } from "@vidferry/testing";
import { newHint, newJobId, progressOf } from "@vidferry/testing/conformance";
import { missingService, startRedis } from "@vidferry/testing/services";
import { Redis } from "ioredis";
import { jobTopic } from "../../jobs/event-log.ts";
import type { LoggedEvent } from "../../jobs/events.ts";
import type { HintQueue } from "../../jobs/hint-queue.ts";
import { systemClock } from "../system/clock.ts";
import { redisEventLog } from "./event-log.ts";
import { redisHintQueue } from "./hint-queue.ts";
import { redisHub } from "./hub.ts";
import { redisSignals } from "./signals.ts";

const never = new AbortController().signal;

/** Receives in the background, acknowledges, and keeps the ids. */
function collect(queue: HintQueue) {
  const seen = new Set<string>();
  const stop = new AbortController();
  const loop = (async () => {
    while (!stop.signal.aborted) {
      const some = await queue.receive({ max: 10, waitMs: 60_000, signal: stop.signal });
      for (const { jobId } of some) seen.add(jobId);
      await queue.acknowledge(some);
    }
  })();
  return {
    seen,
    async [Symbol.asyncDispose]() {
      stop.abort();
      await loop;
    },
  };
}

/** Offers new jobs until one of them arrives, as the task `unoffered-jobs` does for jobs nobody has claimed. */
async function delivers(queue: HintQueue, seen: ReadonlySet<string>): Promise<void> {
  const hint = newHint();
  await eventually(
    async () => {
      await queue.offer([hint]).catch(() => undefined);
      return seen.has(hint.jobId);
    },
    { message: "a delivery after the fault" },
  );
}

// Timeouts of two seconds and their recovery are what some of these tests are about.
setDefaultTimeout(60_000);

describe.skipIf(missingService("redis") !== undefined)("redis queue and event log under faults", () => {
  test("go on after FLUSHALL in the middle of a blocked read", async () => {
    await using server = await startRedis();
    const admin = new Redis(server.url);
    const queue = redisHintQueue({ url: server.url, clock: systemClock });
    {
      await using receiver = collect(queue);
      await delivers(queue, receiver.seen);
      await queue.offer([newHint()], 60_000);
      for (let i = 0; i < 3; i++) {
        await admin.flushall();
        await delivers(queue, receiver.seen);
      }
    }
    admin.disconnect();
    await queue.close();
  });

  test("take a place in a log that was flushed for lost, also when a new log has grown past it", async () => {
    await using server = await startRedis();
    const admin = new Redis(server.url);
    const log = redisEventLog({ url: server.url });
    const jobId = newJobId();
    const id = await log.append(jobTopic(jobId), progressOf(jobId, 1));
    await admin.flushall();
    expect(await log.read(jobTopic(jobId), id)).toMatchObject({ events: [], complete: false });
    for (let i = 2; i < 6; i++) await log.append(jobTopic(jobId), progressOf(jobId, i));
    expect(await log.read(jobTopic(jobId), id)).toMatchObject({ events: [], complete: false });
    admin.disconnect();
    await log.close();
  });

  test("go on when Redis restarts empty, and tell listeners that they may have missed something", async () => {
    await using server = await startRedis();
    const hub = redisHub({ url: server.url });
    const queue = redisHintQueue({ hub, clock: systemClock, blockMs: 500 });
    const log = redisEventLog({ hub });
    const jobId = newJobId();
    const heard: (LoggedEvent | null)[] = [];
    await log.subscribe(jobTopic(jobId), (event) => heard.push(event));
    await log.append(jobTopic(jobId), progressOf(jobId, 1));
    await eventually(() => heard.length === 1);
    {
      await using receiver = collect(queue);
      await delivers(queue, receiver.seen);
      await server.restart();
      await delivers(queue, receiver.seen);
      await eventually(() => heard.includes(null));
      const id = await eventually(() => log.append(jobTopic(jobId), progressOf(jobId, 2)));
      await eventually(() => heard.at(-1)?.id === id);
    }
    await queue.close();
    await log.close();
  });

  test("go over to the new primary after a failover that leaves the connections to the old one alone", async () => {
    await using former = await startRedis();
    await using successor = await startRedis();
    const [old, next] = [new Redis(former.url), new Redis(successor.url)];
    // The name that leads to whoever is the primary.
    const primary = { port: former.port };
    await using name = await startTcpProxy(primary);
    const hub = redisHub({ url: `redis://127.0.0.1:${name.port}` });
    const queue = redisHintQueue({ hub, clock: systemClock, blockMs: 500 });
    const log = redisEventLog({ hub });
    const jobId = newJobId();
    const heard: (LoggedEvent | null)[] = [];
    await log.subscribe(jobTopic(jobId), (event) => heard.push(event));
    {
      await using receiver = collect(queue);
      await delivers(queue, receiver.seen);
      await next.replicaof("127.0.0.1", former.port);
      await eventually(async () => (await next.info("replication")).includes("master_link_status:up"));
      await next.replicaof("NO", "ONE");
      primary.port = successor.port;
      await old.replicaof("127.0.0.1", successor.port);
      await delivers(queue, receiver.seen);
      const id = await eventually(() => log.append(jobTopic(jobId), progressOf(jobId, 1)));
      await eventually(() => heard.at(-1)?.id === id);
    }
    for (const client of [old, next]) client.disconnect();
    await queue.close();
    await log.close();
  });

  test("refuse with `unavailable` while Redis is away, and receivers wait instead of failing", async () => {
    const server = await startRedis();
    const queue = redisHintQueue({ url: server.url, clock: systemClock });
    const log = redisEventLog({ url: server.url });
    const signals = redisSignals({ url: server.url });
    const jobId = newJobId();
    await queue.offer([newHint()]);
    await queue.acknowledge(await queue.receive({ max: 1, waitMs: 10_000, signal: never }));
    const receiving = queue.receive({ max: 1, waitMs: 1_500, signal: never });
    await server.stop();
    await eventually(() =>
      queue.check().then(
        () => false,
        (error: { code?: string }) => error.code === "unavailable",
      ),
    );
    await expect(queue.offer([newHint()])).rejects.toMatchObject({ code: "unavailable" });
    await expect(log.append(jobTopic(jobId), progressOf(jobId, 1))).rejects.toMatchObject({ code: "unavailable" });
    await expect(log.read(jobTopic(jobId))).rejects.toMatchObject({ code: "unavailable" });
    await expect(log.check()).rejects.toMatchObject({ code: "unavailable" });
    await signals.send({ type: "stop", jobId });
    expect(await receiving).toEqual([]);
    await Promise.all([queue.close(), signals.close(), log.close()]);
  });

  test("recover from sockets that fall silent without closing", async () => {
    await using server = await startRedis();
    await using proxy = await startTcpProxy({ port: server.port });
    const hub = redisHub({ url: `redis://127.0.0.1:${proxy.port}`, pingMs: 200 });
    const queue = redisHintQueue({ hub, clock: systemClock, blockMs: 300 });
    const log = redisEventLog({ hub });
    const direct = redisEventLog({ url: server.url });
    const jobId = newJobId();
    const heard: (LoggedEvent | null)[] = [];
    await log.subscribe(jobTopic(jobId), (event) => heard.push(event));
    {
      await using receiver = collect(queue);
      await delivers(queue, receiver.seen);
      proxy.blackhole();
      await expect(queue.offer([newHint()])).rejects.toMatchObject({ code: "unavailable" });
      await direct.append(jobTopic(jobId), progressOf(jobId, 1));
      // Long enough in the dark for every watchdog to have bitten: the offer above timed out.
      await eventually(() =>
        queue.offer([newHint()]).then(
          () => false,
          () => true,
        ),
      );
      proxy.resume();
      await delivers(queue, receiver.seen);
      await eventually(() => heard.includes(null));
      const id = await direct.append(jobTopic(jobId), progressOf(jobId, 2));
      await eventually(() => heard.at(-1)?.id === id);
    }
    await queue.close();
    await log.close();
    await direct.close();
    await eventually(() => proxy.connections === 0);
  });

  test("deliver everything through a network that cuts every connection again and again", async () => {
    await using server = await startRedis();
    await using proxy = await startTcpProxy({ port: server.port });
    const queue = redisHintQueue({ url: `redis://127.0.0.1:${proxy.port}`, clock: systemClock, blockMs: 300 });
    const hints = Array.from({ length: 300 }, () => newHint());
    {
      await using receiver = collect(queue);
      for (const [index, hint] of hints.entries()) {
        if (index % 60 === 30) proxy.reset();
        await eventually(() =>
          queue.offer([hint]).then(
            () => true,
            () => false,
          ),
        );
      }
      await eventually(() => hints.every((hint) => receiver.seen.has(hint.jobId)));
    }
    await queue.close();
    await eventually(() => proxy.connections === 0);
  });

  test("go on when an operator kills every client connection", async () => {
    await using server = await startRedis();
    const admin = new Redis(server.url);
    const queue = redisHintQueue({ url: server.url, clock: systemClock });
    {
      await using receiver = collect(queue);
      for (let i = 0; i < 3; i++) {
        await delivers(queue, receiver.seen);
        await admin.call("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes");
      }
      await delivers(queue, receiver.seen);
    }
    await queue.close();
    admin.disconnect();
  });

  test("refuse offers when Redis is full, keep what is there, and go on when there is room", async () => {
    await using server = await startRedis();
    const admin = new Redis(server.url);
    const queue = redisHintQueue({ url: server.url, clock: systemClock });
    const log = redisEventLog({ url: server.url });
    const hint = newHint();
    await queue.offer([hint]);
    await admin.config("SET", "maxmemory", "1");
    expect(await queue.offer([newHint()]).catch((error: unknown) => error)).toMatchObject({ code: "unavailable" });
    const jobId = newJobId();
    const refused = await log.append(jobTopic(jobId), progressOf(jobId, 1)).catch((error: unknown) => error);
    expect(refused).toMatchObject({ code: "unavailable" });
    await admin.config("SET", "maxmemory", "0");
    expect(await queue.receive({ max: 5, waitMs: 10_000, signal: never })).toMatchObject([hint]);
    await queue.close();
    await log.close();
    admin.disconnect();
  });

  test("go on when the server forgets the scripts", async () => {
    await using server = await startRedis();
    const admin = new Redis(server.url);
    const queue = redisHintQueue({ url: server.url, clock: systemClock });
    const log = redisEventLog({ url: server.url });
    const jobId = newJobId();
    for (let i = 0; i < 2; i++) {
      await queue.offer([newHint()]);
      await queue.acknowledge(await queue.receive({ max: 1, waitMs: 10_000, signal: never }));
      await Promise.all([1, 2, 3].map((percent) => log.append(jobTopic(jobId), progressOf(jobId, percent))));
      await admin.script("FLUSH");
    }
    const { lastId } = await log.read(jobTopic(jobId));
    expect(lastId).toEndWith("-6");
    await queue.close();
    await log.close();
    admin.disconnect();
  });

  test("warn when Redis may evict keys", async () => {
    await using server = await startRedis({ args: ["--maxmemory-policy", "allkeys-lru"] });
    const queue = redisHintQueue({ url: server.url, clock: systemClock });
    expect(await queue.check()).toMatchObject([expect.stringContaining("noeviction")]);
    await queue.close();
  });

  test("say nothing of addresses and credentials in what clients may read", async () => {
    const queue = redisHintQueue({ url: "redis://user:s3cret@127.0.0.1:1/0", clock: systemClock });
    const error = await queue.offer([newHint()]).catch((thrown: unknown) => thrown as Error & { hint: string });
    expect(error).toMatchObject({ code: "unavailable" });
    expect(`${error?.message} ${error?.hint}`).not.toMatch(/s3cret|127\.0\.0\.1/);
    await queue.close();
  });
});
