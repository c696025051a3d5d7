/**
 * Progress from a worker to clients: this process appends events to the log in Redis as a worker does, an API process sends
 * them on, a third process holds the event streams. 1,000 streams and then 5,000, 1,000 events a second in all; beside it a
 * bare Bun server that makes the same events itself.
 * Usage: bun bench/sse.ts [seconds] [rounds]
 */
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { tempDir } from "@vidferry/testing";
import { createTestDatabase, startPostgres, startRedis } from "@vidferry/testing/services";
import { spawnRole, startRole } from "../cli/e2e/fleet/role-process.ts";
import { redisEventLog } from "../core/src/adapters/redis/index.ts";
import { jobTopic } from "../core/src/jobs/event-log.ts";
import type { JobId } from "../core/src/runtime/ids.ts";
import { alternate, median } from "./figures.ts";
import { residentBytes } from "./memory.ts";
import { startOwnProcess } from "./own-process.ts";

const seconds = process.argv[2] ?? "10";
const rounds = Number(process.argv[3] ?? 3);
const perSecond = 1_000;
const everyMs = 5;
const few = 1_000;
const many = 5_000;
const warmUp = 100;

interface Result {
  readonly events: number;
  readonly p50: number;
  readonly p99: number;
  /** Memory of the server without and with the streams, and its growth per stream. */
  readonly before: number;
  readonly bytes: number;
  readonly bytesEach: number;
}

await using dir = await tempDir("vidferry-bench");
await using redis = await startRedis();
await using postgres = await startPostgres();
await using database = await createTestDatabase(postgres.url);
const env = {
  PATH: process.env["PATH"] ?? "",
  HOME: process.env["HOME"] ?? dir.path,
  LOG_LEVEL: "warn",
  // Each job is work, also one for the same video.
  REUSE: "off",
  PORT: "0",
  DATABASE_URL: database.url,
  STORAGE_URL: `file:${dir.path}/files`,
  WORK_DIR: `${dir.path}/work`,
  REDIS_URL: redis.url,
};
await mkdir(join(dir.path, "work"));
await spawnRole("migrate", { cwd: dir.path, env }).ended;
const startApi = () => startRole("api", { cwd: dir.path, env });

/** Jobs that no worker takes, since there is none. */
async function createJobs(count: number): Promise<JobId[]> {
  // In another process than the measured one: the memory used for creating jobs must not count as the streams'.
  await using api = await startApi();
  const body = JSON.stringify({ url: "https://www.youtube.com/watch?v=sampleVid01" });
  const ids: JobId[] = [];
  let left = count;
  const caller = async (): Promise<void> => {
    while (left-- > 0) {
      const headers = { "content-type": "application/json" };
      const response = await fetch(`${api.url}/api/v1/downloads`, { method: "POST", headers, body });
      ids.push(((await response.json()) as { id: JobId }).id);
    }
  };
  await Promise.all(Array.from({ length: 32 }, caller));
  return ids;
}

/** Appends events to the logs of the jobs in turn, at a steady rate, until it is stopped. */
function publish(ids: readonly JobId[]): () => Promise<void> {
  const log = redisEventLog({ url: redis.url });
  const start = performance.now();
  let sent = 0;
  const timer = setInterval(() => {
    for (; sent < ((performance.now() - start) * perSecond) / 1_000; sent++) {
      const jobId = ids[sent % ids.length] as JobId;
      const now = performance.timeOrigin + performance.now();
      const progress = { percent: 1, downloadedBytes: now, totalBytes: 1, bytesPerSecond: 1, etaSeconds: 1 };
      void log.append(jobTopic(jobId), {
        type: "progress",
        data: { jobId, attempt: 1, stage: "downloading", progress },
      });
    }
  }, everyMs);
  return async () => {
    clearInterval(timer);
    await log.close();
  };
}

async function openStreams(url: string, paths: readonly string[], forSeconds: string) {
  const file = join(dir.path, `paths-${paths.length}`);
  await writeFile(file, paths.join("\n"));
  return startOwnProcess("./sse-clients.ts", [url, file, forSeconds]);
}

async function measure(url: string, pid: number, paths: readonly string[]): Promise<Result> {
  // Warm up: the memory for loading and compiling code must not count as the streams' either.
  await (await openStreams(url, paths.slice(0, warmUp), "0"))[Symbol.asyncDispose]();
  const before = residentBytes(pid);
  await using clients = await openStreams(url, paths, seconds);
  const found = JSON.parse(await clients.nextLine());
  if (found.lost > 0) throw new Error(`${found.lost} streams were lost`);
  const bytes = residentBytes(pid);
  return { ...found, before, bytes, bytesEach: (bytes - before) / paths.length };
}

async function throughVidferry(count: number): Promise<Result> {
  const ids = await createJobs(count);
  await using api = await startApi();
  const stop = publish(ids);
  try {
    return await measure(
      api.url,
      api.pid,
      ids.map((id) => `/api/v1/downloads/${id}/events`),
    );
  } finally {
    await stop();
  }
}

async function throughBare(count: number): Promise<Result> {
  await using bare = await startOwnProcess("./sse-bare.ts", [String(perSecond)]);
  const paths = Array.from({ length: count }, (_, index) => `/${index}`);
  return await measure(`http://127.0.0.1:${bare.firstLine}`, bare.pid, paths);
}

const results = await alternate({ vidferry: () => throughVidferry(few), "bare Bun": () => throughBare(few) }, rounds);
console.log(`${few} streams, ${perSecond} events/s, ${seconds} s a round, median of ${rounds} rounds`);
const figure = (name: string, key: keyof Result) => median((results.get(name) ?? []).map((one) => one[key]));
for (const name of results.keys()) {
  const times = `p50 ${figure(name, "p50").toFixed(1)} ms, p99 ${figure(name, "p99").toFixed(1)} ms`;
  const arrived = `${Math.round(figure(name, "events") / Number(seconds))} events/s arrived`;
  console.log(`${name.padEnd(9)} ${times}; ${arrived}; ${(figure(name, "bytesEach") / 1e3).toFixed(1)} KB a stream`);
}
console.log(`ratio of p99 ${(figure("vidferry", "p99") / figure("bare Bun", "p99")).toFixed(2)}`);
const crowd = await throughVidferry(many);
const crowdTimes = `p50 ${crowd.p50.toFixed(1)} ms, p99 ${crowd.p99.toFixed(1)} ms`;
console.log(
  `${many} streams: the API holds ${(crowd.bytes / 1e6).toFixed(0)} MB (${(crowd.before / 1e6).toFixed(0)} MB before them); ${crowdTimes}`,
);
