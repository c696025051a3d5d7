/**
 * A large file from the media origin through Vidferry, against `curl -o`: without a limit, and at 125 MB/s (a link of 1 Gbit/s,
 * shared by all connections: there the service is configured to open one). Wall time, CPU time of both sides, and the memory
 * of the service.
 * Usage: bun bench/file.ts [bytes] [rounds]
 */
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { findTools, tempDir } from "@vidferry/testing";
import { follow } from "../cli/e2e/follow.ts";
import { type Service, startService } from "../cli/e2e/service.ts";
import type { JobResource } from "../core/src/index.ts";
import { alternate, median, timed } from "./figures.ts";
import { watchMemory } from "./memory.ts";
import { startOwnProcess } from "./own-process.ts";
import { endedChildrenSeconds, treeSeconds } from "./process-tree.ts";
import { runProgram } from "./program.ts";

const bytes = Number(process.argv[2] ?? 1024 ** 3);
const rounds = Number(process.argv[3] ?? 5);
const realistic = 125_000_000;

await using dir = await tempDir("vidferry-bench");
await using origin = await startOwnProcess("./origin.ts");
const host = `127.0.0.1:${origin.firstLine}`;
const tools = findTools();
const home = dir.path;
const env = {
  PATH: process.env["PATH"] ?? "",
  HOME: process.env["HOME"] ?? home,
  TMPDIR: home,
  LOG_LEVEL: "warn",
  // Each job is work, also one for the same video.
  REUSE: "off",
  PORT: "0",
  DATABASE_URL: `sqlite:${home}/data/vidferry.db`,
  STORAGE_URL: `file:${home}/data/files`,
  WORK_DIR: `${home}/data/work`,
  ALLOWED_HOSTS: "*",
  ALLOW_PRIVATE_HOSTS: host,
  VIDFERRY_YTDLP: tools.ytDlp,
  VIDFERRY_FFMPEG: tools.ffmpeg,
  VIDFERRY_FFPROBE: tools.ffprobe,
  VIDFERRY_JS_RUNTIME: tools.jsRuntime,
};
await using service = await startService({ home, env });
await using single = await startService({
  home,
  env: {
    ...env,
    CONNECTIONS_PER_STREAM: "1",
    DATABASE_URL: `sqlite:${home}/single/vidferry.db`,
    STORAGE_URL: `file:${home}/single/files`,
    WORK_DIR: `${home}/single/work`,
  },
});

interface Cost {
  readonly seconds: number;
  readonly processor: number;
  readonly most: number;
}

async function throughVidferry(through: Service, url: string): Promise<Cost> {
  const memory = watchMemory(through.pid);
  const before = treeSeconds(through.pid);
  let id = "";
  const seconds = await timed(async () => {
    ({ id } = await through.submit({ url }));
    await follow(`${through.url}/api/v1/downloads/${id}/events`);
  });
  const processor = treeSeconds(through.pid) - before;
  const { most } = memory.stop();
  const job: JobResource = await through.job(id);
  if (job.artifacts[0]?.bytes !== bytes) throw new Error(`the job ended as ${job.state}: ${job.error?.detail}`);
  await fetch(`${through.url}/api/v1/downloads/${id}`, { method: "DELETE" });
  return { seconds, processor, most };
}

async function withCurl(url: string): Promise<Cost> {
  const output = join(home, "curl.mp4");
  const before = endedChildrenSeconds();
  const seconds = await timed(() => runProgram("curl", ["-sSf", "-o", output, url], { cwd: home, env }));
  const processor = endedChildrenSeconds() - before;
  await rm(output);
  return { seconds, processor, most: 0 };
}

console.log(`${bytes} bytes, medians of ${rounds} rounds`);
for (const [name, path, through] of [
  ["unlimited", `big/${bytes}.mp4`, service],
  ["125 MB/s", `~bytesPerSecond=${realistic}/big/${bytes}.mp4`, single],
] as const) {
  const url = `http://${host}/${path}`;
  const results = await alternate({ ours: () => throughVidferry(through, url), curl: () => withCurl(url) }, rounds);
  const [ours, theirs] = ["ours", "curl"].map((side) => {
    const costs = results.get(side) ?? [];
    return {
      wall: median(costs.map(({ seconds }) => seconds)),
      processor: median(costs.map(({ processor }) => processor)),
      most: Math.max(...costs.map(({ most }) => most)),
    };
  });
  if (ours === undefined || theirs === undefined) continue;
  const wall = `wall ${ours.wall.toFixed(2)} s, curl ${theirs.wall.toFixed(2)} s, ratio ${(ours.wall / theirs.wall).toFixed(2)}`;
  const processor = `processor ${ours.processor.toFixed(2)} s, curl ${theirs.processor.toFixed(2)} s`;
  console.log(`${name.padEnd(10)} ${wall}; ${processor}; service at most ${(ours.most / 1e6).toFixed(0)} MB`);
}
