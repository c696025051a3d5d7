/**
 * What tracing costs: twenty tiny videos, three at a time, through a service that sends every span to a collector, and through
 * one that traces nothing. Processor time of the service with all of its children, and wall time.
 * Usage: bun bench/traces.ts [rounds] [videos] [at once]
 */
import { loadavg } from "node:os";
import { findTools, tempDir } from "@vidferry/testing";
import { type Service, startService } from "../cli/e2e/service.ts";
import { alternate, median, timed } from "./figures.ts";
import { startOwnProcess } from "./own-process.ts";
import { treeSeconds } from "./process-tree.ts";

const rounds = Number(process.argv[2] ?? 9);
const videos = Number(process.argv[3] ?? 20);
const atOnce = Number(process.argv[4] ?? 3);

await using origin = await startOwnProcess("./origin.ts");
await using sink = await startOwnProcess("./trace-sink.ts");
await using plainHome = await tempDir("vidferry-bench-plain");
await using tracedHome = await tempDir("vidferry-bench-traced");
const host = `127.0.0.1:${origin.firstLine}`;
const tools = findTools();
const start = (home: string, more: Readonly<Record<string, string>>) =>
  startService({
    home,
    env: {
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
      WORKER_CONCURRENCY: String(atOnce),
      VIDFERRY_YTDLP: tools.ytDlp,
      VIDFERRY_FFMPEG: tools.ffmpeg,
      VIDFERRY_FFPROBE: tools.ffprobe,
      VIDFERRY_JS_RUNTIME: tools.jsRuntime,
      ...more,
    },
  });
await using plain = await start(plainHome.path, {});
await using traced = await start(tracedHome.path, { OTEL_EXPORTER_OTLP_ENDPOINT: sink.firstLine });

interface Cost {
  readonly wall: number;
  readonly processor: number;
}

let batch = 0;
async function run(service: Service): Promise<Cost> {
  batch += 1;
  const urls = Array.from({ length: videos }, (_, index) => `http://${host}/landscape/18.mp4?of=${batch}-${index}`);
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

const results = await alternate({ plain: () => run(plain), traced: () => run(traced) }, rounds);
const of = (name: string, figure: keyof Cost) => (results.get(name) ?? []).map((cost) => cost[figure]);
const load = loadavg().map((one) => one.toFixed(0));
console.log(`${videos} tiny videos, ${atOnce} at once, medians of ${rounds} rounds; load ${load.join(", ")}`);
for (const figure of ["processor", "wall"] as const) {
  const [on, off] = [median(of("traced", figure)), median(of("plain", figure))];
  const least = Math.min(...of("traced", figure)) / Math.min(...of("plain", figure));
  const text = `traced ${on.toFixed(2)} s, not traced ${off.toFixed(2)} s, ratio ${(on / off).toFixed(3)}, of the least ${least.toFixed(3)}`;
  console.log(`  ${figure.padEnd(9)} ${text}`);
}
