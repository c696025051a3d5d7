import { afterAll, beforeAll, expect, test } from "bun:test";
import { spawnSync } from "node:child_process";
import { chmod, mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import {
  type BoundDownloader,
  findTools,
  startMediaOrigin,
  startYouTubeDouble,
  type TempDir,
  tempDir,
  type YouTubeDouble,
} from "@vidferry/testing";
import { DownloadRequest } from "../../../jobs/request.ts";
import { localWorkFolders } from "../../blobs/local-disk/index.ts";
import { createSilentLogger } from "../../system/index.ts";
import { type EgressGuard, startEgressGuard } from "../egress-guard/index.ts";
import type { JsRuntime } from "./options.ts";
import { findPythonProgram } from "./python-program.ts";
import { ytDlpThrough } from "./test-downloader.ts";

// The genuine yt-dlp, kept loaded by an interpreter that notes each fork.
const limitMs = 180_000;
const path = process.env["PATH"] ?? "";
let double: YouTubeDouble;
let guard: EgressGuard;
let dir: TempDir;
beforeAll(async () => {
  double = await startYouTubeDouble();
  guard = await startEgressGuard({
    allowPrivateHosts: [],
    upstreamProxy: double.proxyUrl,
    logger: createSilentLogger(),
  });
  dir = await tempDir("vidferry-forks");
}, limitMs);
afterAll(async () => {
  await guard.stop();
  await double.stop();
  await dir[Symbol.asyncDispose]();
});

/** A yt-dlp whose forks are counted. */
async function countedYtDlp(name: string) {
  const folder = join(dir.path, name);
  await mkdir(folder);
  const forks = join(folder, "forks");
  await writeFile(forks, "");
  const program = await findPythonProgram(findTools().ytDlp, path);
  if (program === null) throw new Error("yt-dlp is no Python program here");
  const note = `open(${JSON.stringify(forks)}, "a").write("fork\\n")`;
  await writeFile(
    join(folder, "sitecustomize.py"),
    `import os\nos.register_at_fork(after_in_parent=lambda: ${note})\n`,
  );
  const python = join(folder, "python3");
  const [interpreter, ...args] = program.interpreter;
  await writeFile(python, `#!/bin/sh\nPYTHONPATH=${folder} exec ${[interpreter, ...args].join(" ")} "$@"\n`);
  const binary = join(folder, "yt-dlp");
  await writeFile(binary, `#!${python}\nfrom yt_dlp import main\nmain()\n`);
  for (const file of [python, binary]) await chmod(file, 0o755);
  const passesForBrowser = spawnSync(interpreter, [...args, "-c", "import curl_cffi"]).status === 0;
  return { binary, passesForBrowser, count: async () => (await readFile(forks, "utf8")).split("\n").length - 1 };
}

function downloaderOf(binary: string, way: EgressGuard, caFile: string | undefined, allowPrivateHosts: string[] = []) {
  const [name = "", runtime = ""] = findTools().jsRuntime.split(/:(.*)/s);
  return ytDlpThrough({
    binary,
    jsRuntime: { name: name as JsRuntime["name"], path: runtime },
    warm: true,
    direct: { dialThrough: async () => way.connect, connections: 4 },
    proxyUrl: way.url,
    hostPolicy: { allowedHosts: ["youtube.com"], allowPrivateHosts },
    ...(caFile === undefined ? {} : { caFile }),
    path,
  });
}

/** What an attempt asks of a downloader. */
async function attempt(downloader: BoundDownloader, request: DownloadRequest, id: string) {
  const folder = await localWorkFolders({ directory: dir.path }).open(`job_${id.repeat(32)}`);
  const { signal } = new AbortController();
  const resolution = await downloader.resolve(request, { folder, signal });
  const [streams, captions, picture] = await Promise.all([
    downloader.fetch(resolution, { folder, signal, onProgress: () => undefined, maxBytes: null, stallMs: 30_000 }),
    downloader.fetchSubtitles(request, resolution, { folder, signal }),
    downloader.fetchThumbnail(resolution, { folder, signal }),
  ]);
  return { streams, captions, picture };
}

test(
  "an attempt on a video with captions and a thumbnail takes one fork of yt-dlp",
  async () => {
    const { binary, passesForBrowser, count } = await countedYtDlp("plain");
    const downloader = downloaderOf(binary, guard, double.caFile);
    await downloader.version();
    const before = await count();
    const request = DownloadRequest.parse({
      url: double.url("sampleVid01"),
      subtitles: { languages: ["en", "fr"], translateTo: ["es"] },
    });
    const { streams, captions, picture } = await attempt(downloader, request, "0");
    downloader.close();
    expect(streams).toHaveLength(2);
    expect([captions.warnings, captions.subtitles.map(({ language }) => language).sort()]).toEqual([
      [],
      ["en", "es", "fr"],
    ]);
    expect(captions.subtitles.every(({ cues }) => cues.length > 1)).toBe(true);
    expect(picture).toMatch(/\.(jpg|png|webp)$/);
    // Where it can pass for a browser, it fetches the captions of a site that gives them to browsers alone.
    expect((await count()) - before).toBe(passesForBrowser ? 2 : 1);
  },
  limitMs,
);

test(
  "streams and captions that come in segments are yt-dlp's, with a fork for each",
  async () => {
    await using origin = await startMediaOrigin();
    const hosts = [`127.0.0.1:${origin.port}`];
    await using open = await startEgressGuard({ allowPrivateHosts: hosts, logger: createSilentLogger() });
    const { binary, count } = await countedYtDlp("segments");
    const downloader = downloaderOf(binary, open, undefined, hosts);
    await downloader.version();
    const before = await count();
    const request = DownloadRequest.parse({ url: origin.url("hls/master.m3u8"), subtitles: { languages: ["fr"] } });
    const { streams, captions } = await attempt(downloader, request, "1");
    downloader.close();
    expect(streams.length).toBeGreaterThan(0);
    expect(captions.subtitles).toMatchObject([{ language: "fr" }]);
    expect((await count()) - before).toBe(3);
  },
  limitMs,
);
