/**
 * A large file from the media origin through Vidferry, against `curl -o`: as fast as the origin can, and at 125 MB/s (a
 * line of 1 Gbit/s). The memory of the service is looked at all the while.
 * Usage: bun bench/file.ts [bytes] [rounds]
 */
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { findTools, tempDir } from "@vidferry/testing";
import { follow } from "../cli/e2e/follow.ts";
import { startService } from "../cli/e2e/service.ts";
import type { JobResource } from "../core/src/index.ts";
import { alternate, median, timed } from "./figures.ts";
import { watchMemory } from "./memory.ts";
import { startOwnProcess } from "./own-process.ts";
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

async function throughVidferry(url: string): Promise<{ readonly seconds: number; readonly most: number }> {
  const memory = watchMemory(service.pid);
  let id = "";
  const seconds = await timed(async () => {
    ({ id } = await service.submit({ url }));
    await follow(`${service.url}/api/v1/downloads/${id}/events`);
  });
  const { most } = memory.stop();
  const job: JobResource = await service.job(id);
  if (job.artifacts[0]?.bytes !== bytes) throw new Error(`the job ended as ${job.state}: ${job.error?.detail}`);
  await fetch(`${service.url}/api/v1/downloads/${id}`, { method: "DELETE" });
  return { seconds, most };
}

async function withCurl(url: string): Promise<{ readonly seconds: number; readonly most: number }> {
  const output = join(home, "curl.mp4");
  const seconds = await timed(() => runProgram("curl", ["-sSf", "-o", output, url], { cwd: home, env }));
  await rm(output);
  return { seconds, most: 0 };
}

console.log(`${bytes} bytes, median of ${rounds} rounds`);
for (const [name, path] of [
  ["unlimited", `big/${bytes}.mp4`],
  ["125 MB/s", `~bytesPerSecond=${realistic}/big/${bytes}.mp4`],
] as const) {
  const url = `http://${host}/${path}`;
  const results = await alternate({ vidferry: () => throughVidferry(url), curl: () => withCurl(url) }, rounds);
  const [ours, theirs] = ["vidferry", "curl"].map((side) =>
    median((results.get(side) ?? []).map((one) => one.seconds)),
  );
  const most = Math.max(...(results.get("vidferry") ?? []).map((one) => one.most));
  const ratio = ((ours ?? Number.NaN) / (theirs ?? Number.NaN)).toFixed(2);
  const memory = `service at most ${(most / 1e6).toFixed(0)} MB`;
  console.log(
    `${name.padEnd(10)} vidferry ${ours?.toFixed(2)} s, curl ${theirs?.toFixed(2)} s, ratio ${ratio}; ${memory}`,
  );
}
