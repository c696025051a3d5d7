import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { spawnSync } from "node:child_process";
import { readlink } from "node:fs/promises";
import { fewUnlessWhole, findTools, startYouTubeDouble, tempDir, type YouTubeDouble } from "@vidferry/testing";
import { downloaderConformance } from "@vidferry/testing/conformance";
import { localWorkFolders } from "../../blobs/local-disk/index.ts";
import { createSilentLogger } from "../../system/index.ts";
import { type EgressGuard, startEgressGuard } from "../egress-guard/index.ts";
import type { JsRuntime } from "./options.ts";
import { ytDlpThrough } from "./test-downloader.ts";

// The genuine yt-dlp on a YouTube of our own.
let double: YouTubeDouble;
beforeAll(async () => {
  const mebibyte = 1_048_576;
  const mediaFaults = { bytesPerSecond: 2 * mebibyte, stallAfterBytes: 2 * mebibyte, times: 1 };
  const halting = { id: "haltingVid1", itags: [18], challenge: "none", mediaBytes: 4 * mebibyte, mediaFaults } as const;
  double = await startYouTubeDouble({ catalogue: { videos: [halting] } });
}, 180_000);
afterAll(() => double.stop());

const processes = () => spawnSync("ps", ["-eo", "pid=,args="], { encoding: "utf8" }).stdout.trim().split("\n");
/** Where a process works, where the system tells. The forks of one process all have its arguments. */
const placeOf = (pid: string) => readlink(`/proc/${pid}/cwd`).catch(() => "");

const kinds = [
  { name: "yt-dlp", warm: false, direct: false },
  { name: "yt-dlp that is kept loaded", warm: true, direct: false },
  { name: "yt-dlp that fetches nothing", warm: true, direct: true },
];
// In short as jobs have it by default: kept loaded, and what lies as plain files is fetched without it.
for (const { name, warm, direct } of fewUnlessWhole(kinds, ({ direct }) => direct)) {
  /** Shared by the tests, as by the jobs of a worker. */
  let guard: EgressGuard;
  let downloader: ReturnType<typeof ytDlpThrough>;
  beforeAll(async () => {
    const tools = findTools();
    guard = await startEgressGuard({
      allowPrivateHosts: [],
      upstreamProxy: double.proxyUrl,
      logger: createSilentLogger(),
    });
    const [runtime = "", path = ""] = tools.jsRuntime.split(/:(.*)/s);
    downloader = ytDlpThrough({
      binary: tools.ytDlp,
      jsRuntime: { name: runtime as JsRuntime["name"], path },
      warm,
      ...(direct ? { direct: { dialThrough: async () => guard.connect, connections: 4 } } : {}),
      proxyUrl: direct ? guard.url : double.proxyUrl,
      caFile: double.caFile,
      limits: { maxDurationSeconds: 600 },
      ...(process.env["PATH"] === undefined ? {} : { path: process.env["PATH"] }),
    });
  });
  afterAll(async () => {
    downloader.close();
    await guard.stop();
  });
  downloaderConformance({
    describe,
    test,
    expect,
    name,
    url: "https://www.youtube.com/watch?v=muxedOnly01",
    async create() {
      const dir = await tempDir("vidferry-downloader");
      const folder = await localWorkFolders({ directory: dir.path }).open(`job_${"0".repeat(32)}`);
      return { downloader, folder, [Symbol.asyncDispose]: () => dir[Symbol.asyncDispose]() };
    },
    source: () => ({
      asked: () => double.requests.length,
      running: async (folder) => {
        const seen = processes().map(async (line) => `${line} ${await placeOf(line.trim().split(" ")[0] ?? "")}`);
        return (await Promise.all(seen)).filter((line) => line.includes(folder.path));
      },
      refused: { url: double.url("privateVid1"), code: "video_private" },
      playlistUrl: double.playlistUrl("PLsampleList0001"),
      haltingUrl: double.url("haltingVid1"),
    }),
  });
}
