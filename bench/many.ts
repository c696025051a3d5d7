/**
 * Twenty tiny videos, three at a time, from the POST to the last result, against `xargs -P3` over the yt-dlp command line:
 * wall time and CPU time of all processes on both sides. The overhead of a job beyond its transfer.
 * Usage: bun bench/many.ts [rounds] [videos] [at once]
 */
import { mkdir, readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { findTools, tempDir } from "@vidferry/testing";
import { startService } from "../cli/e2e/service.ts";
import { alternate, median, timed } from "./figures.ts";
import { startOwnProcess } from "./own-process.ts";
import { treeMemory, treeSeconds } from "./process-tree.ts";

const rounds = Number(process.argv[2] ?? 5);
const videos = Number(process.argv[3] ?? 20);
const atOnce = Number(process.argv[4] ?? 3);

await using dir = await tempDir("vidferry-bench-many");
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
  WORKER_CONCURRENCY: String(atOnce),
  VIDFERRY_YTDLP: tools.ytDlp,
  VIDFERRY_FFMPEG: tools.ffmpeg,
  VIDFERRY_FFPROBE: tools.ffprobe,
  VIDFERRY_JS_RUNTIME: tools.jsRuntime,
};
await using service = await startService({ home, env });

interface Cost {
  readonly wall: number;
  readonly processor: number;
}

let batch = 0;
const links = () => {
  batch += 1;
  return Array.from({ length: videos }, (_, index) => `http://${host}/landscape/18.mp4?of=${batch}-${index}`);
};

async function throughVidferry(): Promise<Cost> {
  const urls = links();
  const before = treeSeconds(service.pid);
  const wall = await timed(async () => {
    const jobs = await Promise.all(urls.map((url) => service.submit({ url })));
    for (const { id } of jobs) {
      const { state, error } = await service.finished(id);
      if (state !== "succeeded") throw new Error(`the job ended as ${state}: ${error?.detail}`);
    }
  });
  return { wall, processor: treeSeconds(service.pid) - before };
}

async function withXargs(): Promise<Cost> {
  const folder = join(home, "xargs");
  await mkdir(folder);
  const options = ["--ignore-config", "--quiet", "--output", "%(autonumber)s-%(epoch)s-%(id)s-%(url)B.%(ext)s"];
  const command = ["xargs", `-P${atOnce}`, "-n1", tools.ytDlp, ...options, "--"];
  let processor = 0;
  const wall = await timed(async () => {
    const child = Bun.spawn(command, {
      cwd: folder,
      env,
      stdin: new Blob([links().join("\n")]),
      stdout: "ignore",
      stderr: "inherit",
    });
    if ((await child.exited) !== 0) throw new Error("xargs failed");
    // CPU time of all children that it has waited for.
    processor = Number(child.resourceUsage()?.cpuTime.total ?? 0) / 1e6;
  });
  const made = (await readdir(folder)).length;
  if (made !== videos) throw new Error(`${made} files of ${videos}`);
  await rm(folder, { recursive: true });
  return { wall, processor };
}

const results = await alternate({ vidferry: throughVidferry, xargs: withXargs }, rounds);
const of = (name: string, figure: keyof Cost) => median((results.get(name) ?? []).map((cost) => cost[figure]));
console.log(`${videos} tiny videos, ${atOnce} at once, medians of ${rounds} rounds`);
for (const figure of ["wall", "processor"] as const) {
  const [ours, theirs] = [of("vidferry", figure), of("xargs", figure)];
  const ratio = (ours / theirs).toFixed(2);
  console.log(`  ${figure.padEnd(9)} vidferry ${ours.toFixed(2)} s, xargs ${theirs.toFixed(2)} s, ratio ${ratio}`);
}
// Until then the service has released what it keeps warm for the next job.
await Bun.sleep(15_000);
console.log(`  idle service with the engine loaded: ${(treeMemory(service.pid) / 1e6).toFixed(0)} MB`);
