/**
 * What happens to all jobs of many owners: this process appends events to the logs of the owners in Redis as workers do, an API
 * process with keys sends them on, a third process holds the streams of `GET /events`. 5,000 owners with a key and a stream
 * each, 1,000 events a second in all; then 100 owners with 50 streams each, where each event goes to 50 of them; beside it a
 * bare Bun server that makes the same events itself.
 * Usage: bun bench/owner-events.ts [seconds] [rounds]
 */
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { tempDir } from "@vidferry/testing";
import { createTestDatabase, startPostgres, startRedis } from "@vidferry/testing/services";
import { spawnRole, startRole } from "../cli/e2e/fleet/role-process.ts";
import { createApiKey } from "../core/src/accounts/key-secret.ts";
import { redisEventLog } from "../core/src/adapters/redis/index.ts";
import { postgresStore } from "../core/src/adapters/sql/postgres/index.ts";
import { createIdGenerator, systemClock } from "../core/src/adapters/system/index.ts";
import { ownerTopic } from "../core/src/jobs/event-log.ts";
import { alternate, median } from "./figures.ts";
import { residentBytes } from "./memory.ts";
import { startOwnProcess } from "./own-process.ts";
import { processorSeconds } from "./processor.ts";

const seconds = process.argv[2] ?? "10";
const rounds = Number(process.argv[3] ?? 3);
const perSecond = 1_000;
const everyMs = 5;
const streams = 5_000;
const crowd = 50;
const warmUp = 100;

interface Result {
  readonly events: number;
  readonly p50: number;
  readonly p99: number;
  readonly bytesEach: number;
  /** Share of one processor. */
  readonly busy: number;
}

/** An owner, and the secret of their key. */
interface Owner {
  readonly name: string;
  readonly secret: string;
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
  AUTH: "keys",
  MAX_STREAMS: "10000",
  DATABASE_URL: database.url,
  STORAGE_URL: `file:${dir.path}/files`,
  WORK_DIR: `${dir.path}/work`,
  REDIS_URL: redis.url,
};
await mkdir(join(dir.path, "work"));
await spawnRole("migrate", { cwd: dir.path, env }).ended;

async function createOwners(): Promise<Owner[]> {
  const store = postgresStore({ url: database.url });
  const deps = { ids: createIdGenerator(), clock: systemClock };
  const owners: Owner[] = [];
  for (let n = 0; n < streams; n++) {
    const { key, secret } = await createApiKey(deps, { name: "bench" });
    await store.keys.insert(key);
    owners.push({ name: key.owner, secret });
  }
  await store.close();
  return owners;
}

/** Appends events to the logs of the owners in turn, at a steady rate, until it is stopped. */
function publish(owners: readonly Owner[], eventsPerSecond: number): () => Promise<void> {
  const log = redisEventLog({ url: redis.url });
  const start = performance.now();
  let sent = 0;
  const timer = setInterval(() => {
    for (; sent < ((performance.now() - start) * eventsPerSecond) / 1_000; sent++) {
      const { name } = owners[sent % owners.length] as Owner;
      const now = performance.timeOrigin + performance.now();
      const progress = { percent: 1, downloadedBytes: now, totalBytes: 1, bytesPerSecond: 1, etaSeconds: 1 };
      const data = {
        jobId: "job_0199f3a2c4d87b1e9a5d6c3f20417e88",
        attempt: 1,
        stage: "downloading" as const,
        progress,
      };
      void log.append(ownerTopic(name), { type: "progress", data });
    }
  }, everyMs);
  return async () => {
    clearInterval(timer);
    await log.close();
  };
}

async function openStreams(url: string, lines: readonly string[], forSeconds: string) {
  const file = join(dir.path, `streams-${lines.length}`);
  await writeFile(file, lines.join("\n"));
  return startOwnProcess("./sse-clients.ts", [url, file, forSeconds]);
}

async function measure(url: string, pid: number, lines: readonly string[]): Promise<Result> {
  // Code that was never run is loaded and translated: that is none of the streams'.
  await (await openStreams(url, lines.slice(0, warmUp), "0"))[Symbol.asyncDispose]();
  const before = residentBytes(pid);
  await using clients = await openStreams(url, lines, seconds);
  const [processor, since] = [processorSeconds(pid), performance.now()];
  const found = JSON.parse(await clients.nextLine());
  const busy = ((processorSeconds(pid) - processor) * 1_000) / (performance.now() - since);
  if (found.lost > 0) throw new Error(`${found.lost} streams were lost`);
  return { ...found, busy, bytesEach: (residentBytes(pid) - before) / lines.length };
}

const owners = await createOwners();

async function throughVidferry(own: readonly Owner[], each: number): Promise<Result> {
  await using api = await startRole("api", { cwd: dir.path, env });
  const stop = publish(own, perSecond / each);
  try {
    const lines = own.flatMap(({ secret }) => Array<string>(each).fill(`/api/v1/events\t${secret}`));
    return await measure(api.url, api.pid, lines);
  } finally {
    await stop();
  }
}

async function throughBare(): Promise<Result> {
  await using bare = await startOwnProcess("./sse-bare.ts", [String(perSecond)]);
  const lines = Array.from({ length: streams }, (_, index) => `/${index}`);
  return await measure(`http://127.0.0.1:${bare.firstLine}`, bare.pid, lines);
}

const results = await alternate(
  {
    "5,000 owners": () => throughVidferry(owners, 1),
    "100 owners": () => throughVidferry(owners.slice(0, streams / crowd), crowd),
    "bare Bun": throughBare,
  },
  rounds,
);
console.log(
  `${streams} streams of /events, ${perSecond} events/s arrive, ${seconds} s a round, median of ${rounds} rounds`,
);
for (const [name, each] of results) {
  const figure = (key: keyof Result) => median(each.map((one) => one[key]));
  const times = `p50 ${figure("p50").toFixed(1)} ms, p99 ${figure("p99").toFixed(1)} ms`;
  const arrived = `${Math.round(figure("events") / Number(seconds))} events/s`;
  const costs = `${(figure("bytesEach") / 1e3).toFixed(1)} KB a stream, ${(figure("busy") * 100).toFixed(0)} % of a processor`;
  console.log(`${name.padEnd(12)} ${times}; ${arrived}; ${costs}`);
}
