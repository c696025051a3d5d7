/**
 * Our queue on Redis Streams against BullMQ: no-op jobs, concurrency 50, one Redis, in one run.
 *
 * Equal operations are compared: one job per call with `offer([hint])` and `add`, 500 per call with `offer(hints)` and `addBulk`.
 * Rounds alternate and medians are compared, so that other load affects both alike. The pickup is measured once more with what a
 * worker does between a hint and the start of a job: it claims the job in PostgreSQL.
 * Usage: bun bench/queue.ts [jobs] [rounds]
 */

import { createTestDatabase, startPostgres, startRedis } from "@vidferry/testing/services";
import { type ConnectionOptions, Queue, Worker } from "bullmq";
import postgres from "postgres";
import { redisHintQueue } from "../core/src/adapters/redis/index.ts";
import { postgresStore } from "../core/src/adapters/sql/postgres/index.ts";
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

/** Starts as many jobs as there are hints, and resolves with how many there were. */
type Claim = (hints: number) => Promise<number>;

function ours(url: string, name = "vidferry", claim?: Claim): Contestant {
  const open = (): HintQueue => redisHintQueue({ url, clock: systemClock });
  const queue = open();
  const hint = (id: string) => ({ jobId: id as JobId, lane: "normal" as const });
  return {
    name,
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
          if (claim !== undefined && deliveries.length > 0 && (await claim(deliveries.length)) < deliveries.length)
            throw new Error("a hint led to no job");
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

/** Jobs of one owner wait in PostgreSQL, and are claimed as a worker does it. */
async function waitingJobs(url: string, count: number) {
  const store = postgresStore({ url, migrate: true });
  await store.jobs.countByState();
  const client = postgres(url, { max: 1, onnotice: () => undefined, connection: { search_path: "vidferry" } });
  await client`
    insert into jobs (id, owner, state, schema_version, request, progress, artifacts, artifact_count, warnings, labels,
      attempt, failures, lost_workers, max_attempts, priority, rank, offered_at, search_url, search_title, created_at, updated_at)
    select 'job_' || lpad(to_hex(n), 32, '0'), 'owner', 'queued', 1, '{"url": "https://youtu.be/x"}', '{}',
      '[]', 0, '[]', '{}', 0, 0, 0, 3, 'normal', now(), now(), '', '', now(), now()
    from generate_series(1, ${count}) n`;
  await client`vacuum analyze jobs`;
  await client.end();
  const worker = { worker: "wrk_bench", host: "bench", leaseMs: 3_600_000, hinted: true };
  const claim: Claim = async (hints) => (await store.attempts.claimNext(hints, worker)).length;
  return { claim, [Symbol.asyncDispose]: () => store.close() };
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

await using server = await startPostgres();
await using waiting = await waitingJobs((await createTestDatabase(server.url)).url, pickupRounds * pickups);
const claiming = ours(redis.url, "with its claim", waiting.claim);
const pickers = [...contestants, claiming];
// Short alternating rounds, and the median of their quantiles: an outlier affects one round of one side.
const p50s = new Map<string, number[]>();
const p99s = new Map<string, number[]>();
for (let round = 0; round < pickupRounds; round++) {
  for (const contestant of round % 2 === 0 ? pickers : pickers.toReversed()) {
    const latencies = await pickupLatencies(contestant);
    for (const [all, q] of [
      [p50s, 0.5],
      [p99s, 0.99],
    ] as const) {
      all.set(contestant.name, [...(all.get(contestant.name) ?? []), quantile(latencies, q)]);
    }
  }
}
for (const contestant of pickers) await contestant.close();

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
  const [a, b, c] = [us, them, claiming.name].map((name) => quantile(all.get(name) ?? [], 0.5)) as [
    number,
    number,
    number,
  ];
  console.log(`${label.padEnd(16)} ${us} ${a.toFixed(2)} ms, ${them} ${b.toFixed(2)} ms, ratio ${(a / b).toFixed(2)}`);
  console.log(`${"".padEnd(16)} ${claiming.name} ${c.toFixed(2)} ms, ratio ${(c / b).toFixed(2)}`);
}
