/**
 * Our queue on Redis Streams against BullMQ: no-op jobs, concurrency 50, one Redis, in one run.
 *
 * Equal operations are compared: one job per call with `offer([hint])` and `add`, 500 per call with `offer(hints)` and `addBulk`.
 * Rounds alternate and medians are compared, so that other load affects both alike.
 * Usage: bun bench/queue.ts [jobs] [rounds]
 */

import { startRedis } from "@vidferry/testing/services";
import { type ConnectionOptions, Queue, Worker } from "bullmq";
import { redisHintQueue } from "../core/src/adapters/redis/index.ts";
import { systemClock } from "../core/src/adapters/system/index.ts";
import type { HintQueue } from "../core/src/jobs/hint-queue.ts";
import type { JobId } from "../core/src/runtime/ids.ts";

const jobs = Number(process.argv[2] ?? 20_000);
const rounds = Number(process.argv[3] ?? 3);
const concurrency = 50;
const bulk = 500;
const pickups = 500;
const pickupRounds = 2 * rounds - 1;
const pickupsPerSecond = 200;

/** A system under test: how to add jobs, and how to process them. */
interface Contestant {
  readonly name: string;
  add(id: string): Promise<unknown>;
  addMany(ids: readonly string[]): Promise<unknown>;
  /** Processes jobs, `concurrency` at a time; returns a function that stops. */
  work(onJob: (id: string) => void): Promise<() => Promise<void>>;
  close(): Promise<void>;
}

function ours(url: string): Contestant {
  const open = (): HintQueue => redisHintQueue({ url, clock: systemClock });
  const queue = open();
  const hint = (id: string) => ({ jobId: id as JobId, lane: "normal" as const });
  return {
    name: "vidferry",
    add: (id) => queue.offer([hint(id)]),
    addMany: (ids) => queue.offer(ids.map(hint)),
    async work(onJob) {
      const receiver = open();
      const stop = new AbortController();
      let free = concurrency;
      let freed: (() => void) | null = null;
      const run = async (delivery: Awaited<ReturnType<HintQueue["receive"]>>[number]): Promise<void> => {
        onJob(delivery.jobId);
        // A slot becomes free when its acknowledgement is done, as in BullMQ after moveToFinished.
        await receiver.acknowledge([delivery]);
        free += 1;
        freed?.();
      };
      const loop = (async () => {
        while (!stop.signal.aborted) {
          if (free === 0) {
            await new Promise<void>((resolve) => {
              freed = resolve;
            });
          }
          const deliveries = await receiver.receive({ max: free, waitMs: 5_000, signal: stop.signal });
          free -= deliveries.length;
          for (const delivery of deliveries) void run(delivery);
        }
      })();
      return async () => {
        stop.abort();
        freed?.();
        await loop;
        await receiver.close();
      };
    },
    close: () => queue.close(),
  };
}

function bullmq(url: string): Contestant {
  const connection: ConnectionOptions = { url, maxRetriesPerRequest: null };
  const queue = new Queue("bench", { connection });
  const options = { removeOnComplete: true, removeOnFail: true, attempts: 3 };
  return {
    name: "bullmq",
    add: (id) => queue.add("job", { id }, options),
    addMany: (ids) => queue.addBulk(ids.map((id) => ({ name: "job", data: { id }, opts: options }))),
    async work(onJob) {
      const worker = new Worker<{ id: string }>("bench", async (job) => onJob(job.data.id), {
        connection,
        concurrency,
      });
      await worker.waitUntilReady();
      return () => worker.close();
    },
    close: () => queue.close(),
  };
}

const newIds = (count: number): string[] =>
  Array.from({ length: count }, () => `job_${crypto.randomUUID().replaceAll("-", "")}`);

async function timed(work: () => Promise<void>): Promise<number> {
  const start = performance.now();
  await work();
  return (performance.now() - start) / 1_000;
}

async function addSingly(contestant: Contestant, ids: readonly string[]): Promise<void> {
  let next = 0;
  const caller = async (): Promise<void> => {
    for (let id = ids[next++]; id !== undefined; id = ids[next++]) await contestant.add(id);
  };
  await Promise.all(Array.from({ length: concurrency }, caller));
}

async function addInBulk(contestant: Contestant, ids: readonly string[]): Promise<void> {
  for (let from = 0; from < ids.length; from += bulk) await contestant.addMany(ids.slice(from, from + bulk));
}

/** Until every one of the ids was seen. */
async function drain(contestant: Contestant, ids: readonly string[]): Promise<void> {
  const left = new Set(ids);
  let finish: (() => void) | null = null;
  const finished = new Promise<void>((resolve) => {
    finish = resolve;
  });
  const stop = await contestant.work((id) => {
    left.delete(id);
    if (left.size === 0) finish?.();
  });
  await finished;
  await stop();
}

/** Milliseconds from the start of an add to the start of the job, at a steady rate. */
async function pickupLatencies(contestant: Contestant): Promise<number[]> {
  const addedAt = new Map<string, number>();
  const latencies: number[] = [];
  const stop = await contestant.work((id) => {
    const start = addedAt.get(id);
    if (start !== undefined) latencies.push(performance.now() - start);
    addedAt.delete(id);
  });
  await Bun.sleep(500);
  const start = performance.now();
  for (const [index, id] of newIds(pickups).entries()) {
    const wait = start + (index * 1_000) / pickupsPerSecond - performance.now();
    if (wait > 0) await Bun.sleep(wait);
    addedAt.set(id, performance.now());
    contestant.add(id);
  }
  while (latencies.length < pickups) await Bun.sleep(10);
  await stop();
  // The first jobs are warm-up.
  return latencies.slice(pickups / 10);
}

function quantile(values: readonly number[], q: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * q))] ?? Number.NaN;
}

const kinds = ["enqueue singles", "enqueue bulk", "drain"] as const;
await using redis = await startRedis();
const contestants = [ours(redis.url), bullmq(redis.url)] as const;
const perSecond = new Map<string, number[]>();
const note = (key: string, seconds: number): void => {
  perSecond.set(key, [...(perSecond.get(key) ?? []), jobs / seconds]);
};

for (let round = 0; round <= rounds; round++) {
  for (const contestant of contestants) {
    const [singles, many] = [newIds(jobs), newIds(jobs)];
    const seconds = {
      "enqueue singles": await timed(() => addSingly(contestant, singles)),
      drain: await timed(() => drain(contestant, singles)),
      "enqueue bulk": await timed(() => addInBulk(contestant, many)),
    };
    await drain(contestant, many);
    // Round 0 warms up.
    if (round > 0) for (const kind of kinds) note(`${contestant.name} ${kind}`, seconds[kind]);
  }
}

// Short alternating rounds, and the median of their quantiles: an outlier affects one round of one side.
const p50s = new Map<string, number[]>();
const p99s = new Map<string, number[]>();
for (let round = 0; round < pickupRounds; round++) {
  for (const contestant of round % 2 === 0 ? contestants : contestants.toReversed()) {
    const latencies = await pickupLatencies(contestant);
    for (const [all, q] of [
      [p50s, 0.5],
      [p99s, 0.99],
    ] as const) {
      all.set(contestant.name, [...(all.get(contestant.name) ?? []), quantile(latencies, q)]);
    }
  }
}
for (const contestant of contestants) await contestant.close();

const [us, them] = [contestants[0].name, contestants[1].name];
console.log(
  `${jobs} no-op jobs, concurrency ${concurrency}, median of ${rounds} rounds; pickup at ${pickupsPerSecond}/s, median of ${pickupRounds}`,
);
for (const kind of kinds) {
  const [a, b] = [us, them].map((name) => quantile(perSecond.get(`${name} ${kind}`) ?? [], 0.5)) as [number, number];
  console.log(`${kind.padEnd(16)} ${us} ${Math.round(a)}/s, ${them} ${Math.round(b)}/s, ratio ${(a / b).toFixed(2)}`);
}
for (const [label, all] of [
  ["pickup p50", p50s],
  ["pickup p99", p99s],
] as const) {
  const [a, b] = [us, them].map((name) => quantile(all.get(name) ?? [], 0.5)) as [number, number];
  console.log(`${label.padEnd(16)} ${us} ${a.toFixed(2)} ms, ${them} ${b.toFixed(2)} ms, ratio ${(a / b).toFixed(2)}`);
}
