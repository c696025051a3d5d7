/**
 * The steps of one small job that run yt-dlp (resolve and fetch), with a preloaded yt-dlp and with one that is started for each
 * run, against one plain yt-dlp that does the same; alone, and several at once.
 * Usage: bun bench/engine.ts [rounds] [at once]
 */
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { findTools, fixedEgress, startYouTubeDouble, tempDir, throughEgress } from "@vidferry/testing";
import { localWorkFolders } from "../core/src/adapters/blobs/local-disk/index.ts";
import { type JsRuntime, ytDlp } from "../core/src/adapters/engine/yt-dlp/index.ts";
import { DownloadRequest } from "../core/src/jobs/request.ts";
import { alternate, median, timed } from "./figures.ts";
import { runProgram } from "./program.ts";

const rounds = Number(process.argv[2] ?? 9);
const atOnce = Number(process.argv[3] ?? 6);
const path = process.env["PATH"] ?? "";

const youtube = await startYouTubeDouble();
await using dir = await tempDir("vidferry-bench-engine");
const folders = localWorkFolders({ directory: join(dir.path, "work") });
const url = youtube.url("muxedOnly01");
const { ytDlp: binary, jsRuntime } = findTools();
const [name = "", runtimePath = ""] = jsRuntime.split(/:(.*)/s);
const options = {
  binary,
  jsRuntime: { name: name as JsRuntime["name"], path: runtimePath },
  caFile: youtube.caFile,
  path,
};
const egress = fixedEgress({ proxyUrl: youtube.proxyUrl });
const loaded = throughEgress(ytDlp({ ...options, warm: true }), egress);
const anew = throughEgress(ytDlp(options), egress);
const { signal } = new AbortController();
let jobs = 0;

async function through(downloader: typeof loaded): Promise<void> {
  const folder = await folders.open(`job_${String(jobs++).padStart(32, "0")}`);
  const resolution = await downloader.resolve(DownloadRequest.parse({ url }), { folder, signal });
  const limits = { maxBytes: null, stallMs: 60_000 };
  await downloader.fetch(resolution, { folder, signal, onProgress: () => undefined, ...limits });
}

async function plain(): Promise<void> {
  const home = join(dir.path, `plain-${jobs++}`);
  await mkdir(home);
  const fixed = "--ignore-config --no-plugin-dirs --no-update --no-cache-dir --compat-options no-certifi --ies youtube";
  const args = [
    ...fixed.split(" "),
    "--no-js-runtimes",
    "--js-runtimes",
    jsRuntime,
    "-f",
    "18",
    "-o",
    "video",
    "--",
    url,
  ];
  const proxies = { http_proxy: youtube.proxyUrl, https_proxy: youtube.proxyUrl };
  const env = { PATH: path, HOME: home, LANG: "C.UTF-8", SSL_CERT_FILE: youtube.caFile, ...proxies };
  await runProgram(binary, args, { cwd: home, env });
}

for (const count of new Set([1, atOnce])) {
  const times = (work: () => Promise<void>) => () => timed(() => Promise.all(Array.from({ length: count }, work)));
  const results = await alternate(
    { plain: times(plain), loaded: times(() => through(loaded)), anew: times(() => through(anew)) },
    rounds,
  );
  const base = median(results.get("plain") ?? []);
  console.log(`${count} at once, medians of ${rounds} rounds`);
  for (const [contestant, seconds] of results) {
    const middle = median(seconds);
    console.log(
      `  ${contestant.padEnd(8)} ${(middle * 1_000).toFixed(0).padStart(6)} ms  ${(middle / base).toFixed(2)} ×`,
    );
  }
}
for (const downloader of [loaded, anew]) downloader.close();
await youtube.stop();
