/**
 * An origin that throttles each connection to 4 MB/s, against the yt-dlp command line: a video of 24 MB with audio of 8 MB, two
 * caption tracks and a cover, from the double of YouTube; and a plain file of 64 MiB.
 * Usage: bun bench/connections.ts [rounds]
 */
import { mkdir, rm } from "node:fs/promises";
import { findTools } from "@vidferry/testing";
import { follow } from "../cli/e2e/follow.ts";
import { setScene } from "../cli/e2e/scene.ts";
import { startService } from "../cli/e2e/service.ts";
import { formatChoice } from "../core/src/adapters/engine/yt-dlp/format-choice.ts";
import type { DownloadRequestInput, JobResource } from "../core/src/index.ts";
import { readRequest } from "../core/src/jobs/read-request.ts";
import { alternate, median, timed } from "./figures.ts";
import { startOwnProcess } from "./own-process.ts";
import { runProgram } from "./program.ts";

const rounds = Number(process.argv[2] ?? 5);
const bytesPerSecond = 4_000_000;
const id = "slowOrigin1";

await using origin = await startOwnProcess("./origin.ts");
const host = `127.0.0.1:${origin.firstLine}`;
await using scene = await setScene({
  catalogue: {
    videos: [
      {
        id,
        itags: [137, 140],
        mediaBytes: { 137: 24_000_000, 140: 8_000_000 },
        mediaFaults: { bytesPerSecond },
        captions: [{ language: "en" }, { language: "fr" }],
      },
    ],
  },
});
const tools = findTools();
const home = await scene.folder("yt-dlp");
const common = [
  "--ignore-config",
  "--no-update",
  "--no-mtime",
  "--ffmpeg-location",
  tools.ffmpeg,
  "--output",
  "result.%(ext)s",
];
const env = { PATH: process.env["PATH"] ?? "", HOME: home, LANG: "C.UTF-8" };

async function throughVidferry(url: string, request: DownloadRequestInput, files: number): Promise<void> {
  const job = await service(url, request);
  if (job.artifacts.length !== files) throw new Error(`the job ended as ${job.state}: ${job.error?.detail}`);
}

await using youtube = await startService(scene);
const { PROXY_URL: _, ...direct } = scene.env;
await using plain = await startService({
  home: await scene.folder("plain"),
  env: {
    ...direct,
    DATABASE_URL: `sqlite:${scene.home}/plain/vidferry.db`,
    STORAGE_URL: `file:${scene.home}/plain/files`,
    WORK_DIR: `${scene.home}/plain/work`,
    ALLOWED_HOSTS: "*",
    ALLOW_PRIVATE_HOSTS: host,
  },
});

async function service(url: string, request: DownloadRequestInput): Promise<JobResource> {
  const to = url.includes(host) ? plain : youtube;
  const { id: jobId } = await to.submit(request);
  const events = await follow(`${to.url}/api/v1/downloads/${jobId}/events`);
  return JSON.parse(events.at(-1)?.data ?? "null") as JobResource;
}

async function commandLine(args: readonly string[], more: Readonly<Record<string, string>> = {}): Promise<void> {
  await rm(home, { recursive: true, force: true });
  await mkdir(home);
  await runProgram(tools.ytDlp, [...common, ...args], { cwd: home, env: { ...env, ...more } });
}

const watch = scene.youtube.url(id);
const request: DownloadRequestInput = {
  url: watch,
  thumbnail: "file",
  subtitles: { languages: ["en", "fr"], formats: ["vtt"] },
};
const { filter, sort } = formatChoice(readRequest(request).output);
const sameByYtDlp = [
  ...["--compat-options", "no-certifi", "--proxy", scene.youtube.proxyUrl, "--js-runtimes", tools.jsRuntime],
  ...["--format", filter, "--format-sort", sort ?? "", "--merge-output-format", "mp4"],
  ...[
    "--write-subs",
    "--sub-langs",
    "en,fr",
    "--sub-format",
    "vtt",
    "--write-thumbnail",
    "--convert-thumbnails",
    "jpg",
  ],
  ...["--", watch],
];
const file = 64 * 1024 ** 2;
const address = `http://${host}/~bytesPerSecond=${bytesPerSecond}/big/${file}.mp4`;

const benches = {
  "1080p, 24 MB + 8 MB + 2 captions + cover": {
    vidferry: () => timed(() => throughVidferry(watch, request, 4)),
    "yt-dlp": () => timed(() => commandLine(sameByYtDlp, { SSL_CERT_FILE: scene.youtube.caFile })),
  },
  "64 MiB": {
    vidferry: () => timed(() => throughVidferry(address, { url: address }, 1)),
    "yt-dlp": () => timed(() => commandLine(["--", address])),
  },
};

console.log(`an origin with 4 MB/s a connection, medians of ${rounds} rounds`);
for (const [name, contestants] of Object.entries(benches)) {
  const seconds = await alternate(contestants, rounds);
  const ours = median(seconds.get("vidferry") ?? []);
  const theirs = median(seconds.get("yt-dlp") ?? []);
  console.log(
    `  ${name}: vidferry ${ours.toFixed(2)} s, yt-dlp ${theirs.toFixed(2)} s, ratio ${(ours / theirs).toFixed(2)}`,
  );
}
