/**
 * One small job through Vidferry, from the POST to the end of its event stream, against the same yt-dlp command line: same
 * video, same choice of formats, same merge, same proxy; the player is as large as a real one. The service is warm; yt-dlp has
 * its own cache, which contains no players.
 * Usage: bun bench/job.ts [rounds]
 */
import { mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { findTools } from "@vidferry/testing";
import { ffprobe } from "../cli/e2e/ffprobe.ts";
import { follow } from "../cli/e2e/follow.ts";
import { setScene } from "../cli/e2e/scene.ts";
import { startService } from "../cli/e2e/service.ts";
import { formatChoice } from "../core/src/adapters/engine/yt-dlp/format-choice.ts";
import type { JobResource } from "../core/src/index.ts";
import { readRequest } from "../core/src/jobs/read-request.ts";
import { alternate, median, timed } from "./figures.ts";
import { runProgram } from "./program.ts";

const rounds = Number(process.argv[2] ?? 7);

await using scene = await setScene({ playerBytes: 2_500_000 });
await using service = await startService(scene);
const url = scene.youtube.url("sampleVid01");
const tools = findTools();

/** When each stage of the last job began, in seconds after the POST. */
const stages = new Map<string, number[]>();

async function throughVidferry(): Promise<JobResource> {
  const start = performance.now();
  const { id } = await service.submit({ url });
  const events = await follow(`${service.url}/api/v1/downloads/${id}/events`, {
    onEvent: ({ event, data }) => {
      if (event !== "job") return;
      const job = JSON.parse(data) as JobResource;
      const key = job.stage ?? job.state;
      stages.set(key, [...(stages.get(key) ?? []), (performance.now() - start) / 1_000]);
    },
  });
  const job = JSON.parse(events.at(-1)?.data ?? "null") as JobResource;
  if (job.state !== "succeeded") throw new Error(`the job ended as ${job.state}: ${job.error?.detail}`);
  return job;
}

const home = await scene.folder("yt-dlp");
const { filter, sort } = formatChoice(readRequest({ url }).output);
const commandLine = [
  ...["--ignore-config", "--no-update", "--compat-options", "no-certifi", "--proxy", scene.youtube.proxyUrl],
  ...["--js-runtimes", tools.jsRuntime, "--ffmpeg-location", tools.ffmpeg],
  ...["--format", filter, "--format-sort", sort ?? "", "--merge-output-format", "mp4", "--no-mtime"],
  ...["--output", "result.%(ext)s", "--", url],
];
const env = { PATH: process.env["PATH"] ?? "", HOME: home, LANG: "C.UTF-8", SSL_CERT_FILE: scene.youtube.caFile };

async function alone(): Promise<void> {
  await rm(join(home, "result.mp4"), { force: true });
  await runProgram(tools.ytDlp, commandLine, { cwd: home, env });
}

await mkdir(home, { recursive: true });
let job: JobResource | undefined;
const seconds = await alternate(
  {
    vidferry: () =>
      timed(async () => {
        job = await throughVidferry();
      }),
    "yt-dlp": () => timed(alone),
  },
  rounds,
);

const reference = await ffprobe(join(home, "result.mp4"));
const [artifact] = job?.artifacts ?? [];
const same =
  artifact?.videoCodec === reference.video?.codec_name &&
  artifact?.height === reference.video?.height &&
  artifact?.audioCodec === reference.audio?.codec_name;
if (!same) throw new Error("the two did not make the same file");

const [ours = Number.NaN, theirs = Number.NaN] = ["vidferry", "yt-dlp"].map((name) => median(seconds.get(name) ?? []));
console.log(
  `one job (${artifact?.videoCodec} ${artifact?.height}p + ${artifact?.audioCodec}), median of ${rounds} rounds`,
);
for (const [stage, starts] of stages) console.log(`  ${stage.padEnd(12)} begins after ${median(starts).toFixed(2)} s`);
console.log(`vidferry ${ours.toFixed(2)} s, yt-dlp ${theirs.toFixed(2)} s, ratio ${(ours / theirs).toFixed(2)}`);
