/**
 * POST /downloads that creates jobs, over 64 connections: on SQLite, on PostgreSQL with Redis, and compared with a minimal
 * node:http server that echoes the body. Server and client are separate processes on the same machine.
 * Usage: bun bench/http.ts [seconds] [rounds]
 */
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { tempDir } from "@vidferry/testing";
import { createTestDatabase, startPostgres, startRedis } from "@vidferry/testing/services";
import { spawnRole, startRole } from "../cli/e2e/fleet/role-process.ts";
import { alternate, median } from "./figures.ts";
import { startOwnProcess } from "./own-process.ts";
import { processorSeconds } from "./processor.ts";
import { runProgram } from "./program.ts";

const seconds = process.argv[2] ?? "5";
const rounds = Number(process.argv[3] ?? 3);
const connections = "64";

interface Load {
  readonly requests: number;
  readonly refused: number;
  readonly perSecond: number;
  readonly p50: number;
  readonly p99: number;
  /** CPU time of the server per request, in seconds. */
  readonly cost: number;
}

await using dir = await tempDir("vidferry-bench");
const environment = (name: string) => ({
  PATH: process.env["PATH"] ?? "",
  HOME: process.env["HOME"] ?? dir.path,
  LOG_LEVEL: "warn",
  PORT: "0",
  WORK_DIR: join(dir.path, name, "work"),
  STORAGE_URL: `file:${dir.path}/${name}/files`,
});
async function startApi(name: string, env: Readonly<Record<string, string>>) {
  const cwd = join(dir.path, name);
  await mkdir(cwd);
  const options = { cwd, env: { ...environment(name), ...env } };
  const migrating = spawnRole("migrate", options);
  if ((await migrating.ended) !== 0) throw new Error(migrating.output());
  return startRole("api", options);
}

await using postgres = await startPostgres();
await using redis = await startRedis();
await using database = await createTestDatabase(postgres.url);
await using embedded = await startApi("sqlite", { DATABASE_URL: `sqlite:${dir.path}/sqlite/jobs.db` });
await using shared = await startApi("postgres", { DATABASE_URL: database.url, REDIS_URL: redis.url });
await using bare = await startOwnProcess("./http-bare.ts");

const body = JSON.stringify({ url: "https://www.youtube.com/watch?v=sampleVid01", labels: { project: "bench" } });
const loader = fileURLToPath(new URL("http-load.ts", import.meta.url));
async function load(url: string, pid: number): Promise<Load> {
  const before = processorSeconds(pid);
  const args = ["--no-install", loader, url, connections, seconds, body];
  const result = JSON.parse(await runProgram(process.execPath, args, { cwd: dir.path, env: environment("client") }));
  if (result.refused > 0) throw new Error(`${url} refused ${result.refused} of ${result.requests}`);
  return { ...result, cost: (processorSeconds(pid) - before) / result.requests };
}

const results = await alternate(
  {
    sqlite: () => load(`${embedded.url}/api/v1/downloads`, embedded.pid),
    "postgres + redis": () => load(`${shared.url}/api/v1/downloads`, shared.pid),
    "bare node:http": () => load(`http://127.0.0.1:${bare.firstLine}/api/v1/downloads`, bare.pid),
  },
  rounds,
);
const rate = (name: string) => median((results.get(name) ?? []).map((one) => one.perSecond));
console.log(`POST /downloads, ${connections} connections, ${seconds} s a round, median of ${rounds} rounds`);
for (const [name, loads] of results) {
  const [p50, p99] = [median(loads.map((one) => one.p50)), median(loads.map((one) => one.p99))];
  const cost = (median(loads.map((one) => one.cost)) * 1e6).toFixed(0);
  const ratio = (rate(name) / rate("bare node:http")).toFixed(2);
  console.log(
    `${name.padEnd(18)} ${Math.round(rate(name))}/s, p50 ${p50.toFixed(1)} ms, p99 ${p99.toFixed(1)} ms, ratio to bare ${ratio}; ${cost} µs of processor a request`,
  );
}
