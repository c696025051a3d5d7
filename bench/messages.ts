/**
 * What carries hints and events between hosts: Redis, PostgreSQL alone, SQS. One PostgreSQL that writes its commits to the disk
 * (as in production) keeps the jobs for all three; rounds alternate, and the median of them counts.
 *
 * Creates: jobs a second with their hints, 20 callers. Pickup: from the start of a create to the start of the job by a worker on
 * other connections, which claims it. Events: from the append to a follower on other connections. And what a NOTIFY costs that
 * is sent in the transaction of a row, against one in a transaction of its own: 20 clients, one that listens.
 * Usage: bun bench/messages.ts [rounds] [jobs]; SQS_ENDPOINT names an ElasticMQ, without it the queue is moto's.
 */

import { progressOf } from "@vidferry/testing/conformance";
import { createTestDatabase, createTestQueues, startPostgres, startRedis, startS3 } from "@vidferry/testing/services";
import postgres from "postgres";
import { redisEventLog, redisHintQueue } from "../core/src/adapters/redis/index.ts";
import { postgresMessages, postgresStore } from "../core/src/adapters/sql/postgres/index.ts";
import { sqsHintQueue } from "../core/src/adapters/sqs/index.ts";
import { storeHintQueue } from "../core/src/adapters/store-queue/index.ts";
import { systemClock } from "../core/src/adapters/system/index.ts";
import { type EventLog, jobTopic } from "../core/src/jobs/event-log.ts";
import type { HintQueue } from "../core/src/jobs/hint-queue.ts";
import { DownloadRequest } from "../core/src/jobs/request.ts";
import type { JobId } from "../core/src/runtime/ids.ts";
import { alternate, median, quantile, timed } from "./figures.ts";

const rounds = Number(process.argv[2] ?? 3);
const jobs = Number(process.argv[3] ?? 400);
const callers = 20;
const pickups = 60;
const pickupsPerSecond = 20;
const credentials = { accessKeyId: "test", secretAccessKey: "test" };
const request = DownloadRequest.parse({ url: "https://www.youtube.com/watch?v=sampleVid01" });

const durable = ["fsync=on", "synchronous_commit=on", "full_page_writes=on"].flatMap((setting) => ["-c", setting]);
await using server = await startPostgres({ args: durable });
await using redis = await startRedis();
await using database = await createTestDatabase(server.url);
const s3 = process.env["SQS_ENDPOINT"] === undefined ? await startS3() : null;
await using queues = await createTestQueues(process.env["SQS_ENDPOINT"] ?? s3?.url ?? "");
const store = postgresStore({ url: database.url, migrate: true });
await store.jobs.countByState();

const messages = () => postgresMessages({ url: database.url, clock: systemClock });
const [here, there] = [messages(), messages()];
/** Of each carrier, both ends: they share no connection. */
const carriers: Readonly<Record<string, () => readonly [offers: HintQueue, receives: HintQueue]>> = {
  "PostgreSQL, polling only": () => [
    storeHintQueue({ database: store, clock: systemClock, pollMs: 1_000 }),
    storeHintQueue({ database: store, clock: systemClock, pollMs: 1_000 }),
  ],
  "PostgreSQL alone": () => [
    storeHintQueue({ database: store, clock: systemClock, wakeUps: here.wakeUps }),
    storeHintQueue({ database: store, clock: systemClock, wakeUps: there.wakeUps }),
  ],
  Redis: () => [
    redisHintQueue({ url: redis.url, clock: systemClock }),
    redisHintQueue({ url: redis.url, clock: systemClock }),
  ],
  SQS: () => [
    sqsHintQueue({ url: queues.url, clock: systemClock, credentials }),
    sqsHintQueue({ url: queues.url, clock: systemClock, credentials }),
  ],
};

const create = async (queue: HintQueue): Promise<JobId> => {
  const jobId: JobId = `job_${crypto.randomUUID().replaceAll("-", "")}`;
  await store.jobs.create({
    ...{ id: jobId, owner: "local", request, priority: "normal", labels: {}, maxAttempts: 3 },
    ...{ scheduledFor: null, requestId: null, traceparent: null, idempotency: null },
  });
  await queue.offer([{ jobId, lane: "normal" }]);
  return jobId;
};
const cancelAll = async (): Promise<void> => {
  const client = postgres(database.url, { max: 1, onnotice: () => undefined });
  await client`truncate vidferry.jobs cascade`;
  await client.end();
};
/** Throws away the hints of an earlier measurement. */
const empty = async (queue: HintQueue): Promise<void> => {
  for (;;) {
    const some = await queue.receive({ max: 10, waitMs: 300, signal: new AbortController().signal });
    if (some.length === 0) return;
    await queue.acknowledge(some);
  }
};

async function createsPerSecond(offers: HintQueue): Promise<number> {
  let left = jobs;
  const caller = async (): Promise<void> => {
    while (left-- > 0) await create(offers);
  };
  return jobs / (await timed(() => Promise.all(Array.from({ length: callers }, caller))));
}

/** Milliseconds from the start of a create to its claim, at a steady rate with one idle worker. */
async function pickupMs(offers: HintQueue, receives: HintQueue): Promise<readonly number[]> {
  const startedAt = new Map<JobId, number>();
  const begun: number[] = [];
  const stop = new AbortController();
  const worker = { worker: "wrk_bench", host: "bench", leaseMs: 3_600_000 };
  const claimedAt = new Map<JobId, number>();
  const loop = (async () => {
    while (!stop.signal.aborted) {
      const some = await receives.receive({ max: 5, waitMs: 2_000, signal: stop.signal });
      const claimed = await store.attempts.claimNext(some.length || 5, { ...worker, hinted: some.length > 0 });
      for (const { id } of claimed) claimedAt.set(id, performance.now());
      await receives.acknowledge(some);
    }
  })();
  for (let i = 0; i < pickups; i += 1) {
    const at = performance.now();
    begun.push(at);
    startedAt.set(await create(offers), at);
    await Bun.sleep(Math.max(0, 1_000 / pickupsPerSecond - (performance.now() - at)));
  }
  while (claimedAt.size < pickups) await Bun.sleep(5);
  stop.abort();
  await loop;
  return [...startedAt].map(([id, at]) => (claimedAt.get(id) ?? 0) - at);
}

interface Carried {
  readonly creates: number;
  readonly p50: number;
  readonly p95: number;
}

async function carry(name: string): Promise<Carried> {
  const [offers, receives] = carriers[name]?.() ?? [];
  if (offers === undefined || receives === undefined) throw new Error(name);
  const creates = await createsPerSecond(offers);
  await cancelAll();
  await empty(receives);
  const ms = await pickupMs(offers, receives);
  await Promise.all([offers.close(), receives.close()]);
  await cancelAll();
  return { creates, p50: quantile(ms, 0.5), p95: quantile(ms, 0.95) };
}

/** Milliseconds from the append to a follower, one event at a time, and appends a second of 20 writers. */
async function tell(writes: EventLog, follows: EventLog): Promise<Carried> {
  const topic = jobTopic(`job_${crypto.randomUUID().replaceAll("-", "")}`);
  const jobId = topic.slice(4) as JobId;
  let heard: ((at: number) => void) | null = null;
  const stop = await follows.subscribe(topic, () => heard?.(performance.now()));
  const ms: number[] = [];
  for (let i = 0; i < pickups; i += 1) {
    const arrived = new Promise<number>((resolve) => {
      heard = resolve;
    });
    const at = performance.now();
    await writes.append(topic, progressOf(jobId, i));
    ms.push((await arrived) - at);
  }
  stop();
  let left = jobs * 5;
  const writer = async (): Promise<void> => {
    while (left-- > 0) await writes.append(topic, progressOf(jobId, left));
  };
  const seconds = await timed(() => Promise.all(Array.from({ length: callers }, writer)));
  await writes.remove(topic);
  return { creates: (jobs * 5) / seconds, p50: quantile(ms, 0.5), p95: quantile(ms, 0.95) };
}

/** Rows a second of 20 clients. */
async function rowsPerSecond(
  how: "no notify" | "in the row's transaction" | "in its own, not waiting for the disk",
): Promise<number> {
  const client = postgres(database.url, { max: callers, onnotice: () => undefined });
  const listening = postgres(database.url, { max: 1 });
  await listening.listen("bench", () => undefined);
  await client`create table if not exists rows (id bigserial primary key, text text)`;
  let left = jobs;
  const caller = async (): Promise<void> => {
    while (left-- > 0) {
      await client.begin(async (sql) => {
        await sql`insert into rows (text) values (${"x".repeat(500)})`;
        if (how === "in the row's transaction") await sql`select pg_notify('bench', '')`;
      });
      if (how === "in its own, not waiting for the disk")
        await client`select set_config('synchronous_commit', 'off', true), pg_notify('bench', '')`;
    }
  };
  const seconds = await timed(() => Promise.all(Array.from({ length: callers }, caller)));
  await Promise.all([client.end(), listening.end()]);
  return jobs / seconds;
}

const show = (label: string, results: ReadonlyMap<string, readonly Carried[]>): void => {
  for (const [name, all] of results) {
    const of = (key: keyof Carried): string => median(all.map((each) => each[key])).toFixed(key === "creates" ? 0 : 1);
    console.log(`${name.padEnd(28)} ${label} ${of("creates")}/s, p50 ${of("p50")} ms, p95 ${of("p95")} ms`);
  }
};

const names = Object.keys(carriers);
show("creates, pickup:", await alternate(Object.fromEntries(names.map((name) => [name, () => carry(name)])), rounds));
const logs = [redisEventLog({ url: redis.url }), redisEventLog({ url: redis.url })] as const;
show(
  "appends, delivery:",
  await alternate(
    { "events, Redis": () => tell(logs[0], logs[1]), "events, PostgreSQL": () => tell(here.events, there.events) },
    rounds,
  ),
);
const kinds = ["no notify", "in the row's transaction", "in its own, not waiting for the disk"] as const;
const notified = await alternate(Object.fromEntries(kinds.map((kind) => [kind, () => rowsPerSecond(kind)])), rounds);
for (const [kind, all] of notified) console.log(`NOTIFY ${kind.padEnd(38)} ${median(all).toFixed(0)} rows/s`);

await Promise.all([...logs.map((log) => log.close()), here.close(), there.close()]);
await store.close();
await s3?.stop();
