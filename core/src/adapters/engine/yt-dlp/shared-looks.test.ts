import { afterAll, beforeAll, beforeEach, describe, expect, test } from "bun:test";
import { basename } from "node:path";
import {
  createHeldClock,
  findTools,
  fixedEgress,
  isWhole,
  onlyWhole,
  playabilities,
  startYouTubeDouble,
  type TempDir,
  tempDir,
  type YouTubeDouble,
} from "@vidferry/testing";
import type { EgressLease } from "../../../egress/egresses.ts";
import type { LookOrigin, LookShelves } from "../../../egress/looks.ts";
import { memoryLooks } from "../../../egress/memory-looks.ts";
import { DownloadRequest, type DownloadRequestInput } from "../../../jobs/request.ts";
import { noTelemetry } from "../../../telemetry/telemetry.ts";
import { localWorkFolders } from "../../blobs/local-disk/index.ts";
import { type YtDlpDownloader, ytDlp } from "./downloader.ts";
import type { JsRuntime } from "./options.ts";

// The genuine yt-dlp with its genuine YouTube extractor, on a YouTube of our own.
const limitMs = 180_000;
const testWhole = onlyWhole(test);
const ids = [
  "looksVid001",
  "looksVid002",
  "looksVid003",
  "looksVid004",
  "looksVid005",
  "looksVid006",
  "looksVid007",
  "looksVid008",
];
let double: YouTubeDouble;
let downloader: YtDlpDownloader;
let dir: TempDir;
let shelves: LookShelves;
let told: string[] = [];
let folders = 0;

beforeAll(async () => {
  const videos = ids.map((id) => ({ id, title: id, itags: [18, 140], challenge: "none" }) as const);
  double = await startYouTubeDouble({ catalogue: { videos } });
  dir = await tempDir("vidferry-looks");
  const tools = findTools();
  const [name = "", path = ""] = tools.jsRuntime.split(/:(.*)/s);
  downloader = ytDlp({
    ...{ binary: tools.ytDlp, jsRuntime: { name: name as JsRuntime["name"], path } },
    ...{ caFile: double.caFile, warm: true, limits: { liveSeconds: 60 } },
    telemetry: {
      ...noTelemetry,
      happened: (_, facts) => {
        if ("how" in facts && "purpose" in facts) told.push(`${facts.purpose} ${facts.how}`);
      },
    },
    ...(process.env["PATH"] === undefined ? {} : { path: process.env["PATH"] }),
  });
}, limitMs);
afterAll(async () => {
  downloader?.close();
  await double?.stop();
  await dir?.[Symbol.asyncDispose]();
});
beforeEach(() => {
  shelves = memoryLooks(createHeldClock(), 600_000);
  told = [];
});

const signal = new AbortController().signal;
const lease = (of: Partial<LookOrigin> = {}): EgressLease => ({
  ...fixedEgress({ proxyUrl: double.proxyUrl }),
  looks: shelves.shelf({ owner: "ada", egress: "one", address: "here", signedIn: false, ...of }),
});
const newFolder = () => {
  folders += 1;
  return localWorkFolders({ directory: dir.path }).open(`job_${String(folders).padStart(32, "0")}`);
};
const resolveIn = (
  folder: Awaited<ReturnType<typeof newFolder>>,
  id: string,
  rest: Omit<DownloadRequestInput, "url"> = {},
  egress = lease(),
) => downloader.resolve(DownloadRequest.parse({ url: double.url(id), ...rest }), { folder, egress, signal });
const resolve = async (id: string, rest: Omit<DownloadRequestInput, "url"> = {}, egress = lease()) =>
  resolveIn(await newFolder(), id, rest, egress);
const probe = (id: string, egress = lease()) => downloader.probe(double.url(id), { egress, signal });
/** How often the source was asked what the video is. */
const looksAt = (id: string) => double.requests.filter((one) => one.path === "/watch" && one.query["v"] === id).length;

describe("looks at one video", () => {
  test(
    "a probe and the download after it ask the source once",
    async () => {
      const probed = await probe("looksVid001");
      const folder = await newFolder();
      const resolution = await resolveIn(folder, "looksVid001");
      expect(resolution).toMatchObject({ isKept: true, media: probed.kind === "video" ? probed.media : {} });
      const [stream] = await downloader.fetch(resolution, {
        ...{ folder, egress: lease(), signal, maxBytes: null, stallMs: 30_000 },
        onProgress: () => undefined,
      });
      expect(await Bun.file(stream?.path ?? "").size).toBeGreaterThan(1_000);
      expect(looksAt("looksVid001")).toBe(1);
      expect(told).toEqual(["probe asked", "attempt kept"]);
    },
    limitMs,
  );

  test(
    "a download, one of another form and a probe ask the source once, and choose for themselves",
    async () => {
      const video = await resolve("looksVid002");
      const audio = await resolve("looksVid002", { output: { type: "audio", format: "m4a" } });
      const probed = await probe("looksVid002");
      expect(video.streams.map(({ formatId }) => formatId)).toEqual(["18"]);
      expect(audio.streams.map(({ formatId }) => formatId)).toEqual(["140"]);
      expect(probed).toMatchObject({ kind: "video", media: audio.media });
      expect(probed.kind === "video" && probed.formats.map(({ id }) => id).toSorted()).toEqual(["140", "18"]);
      expect(looksAt("looksVid002")).toBe(1);
      expect(told).toEqual(["attempt asked", "attempt kept", "probe kept"]);
    },
    limitMs,
  );

  test(
    "at the same time ask the source once",
    async () => {
      await Promise.all([
        probe("looksVid003"),
        resolve("looksVid003"),
        resolve("looksVid003", { output: { type: "audio" } }),
      ]);
      expect(looksAt("looksVid003")).toBe(1);
      expect(told.toSorted()).toEqual(["attempt joined", "attempt joined", "probe asked"]);
    },
    limitMs,
  );

  test(
    "leave the address of a proxy, which may hold its password, out of the files of an attempt",
    async () => {
      const folder = await newFolder();
      await resolveIn(folder, "looksVid008", {}, lease({ address: "http://ada:geheim@proxy.example" }));
      const files = await Array.fromAsync(
        new Bun.Glob("**/*.json").scan({ cwd: folder.path, dot: true, absolute: true }),
      );
      expect(files.map((file) => basename(file))).toContain("plan.json");
      for (const file of files) expect(await Bun.file(file).text()).not.toContain("geheim");
    },
    limitMs,
  );

  test(
    "are apart for each owner and account, and where the request says so",
    async () => {
      await probe("looksVid004");
      const others = [{ owner: "bob" }, { signedIn: true }];
      for (const other of others) expect(await resolve("looksVid004", {}, lease(other))).not.toHaveProperty("isKept");
      expect(looksAt("looksVid004")).toBe(3);
      if (!isWhole) return;
      expect(await resolve("looksVid004", { reuse: "never" })).not.toHaveProperty("isKept");
      expect(looksAt("looksVid004")).toBe(4);
    },
    limitMs,
  );

  test(
    "that led to links which are refused are not taken again, by this job or another",
    async () => {
      await probe("looksVid005");
      const folder = await newFolder();
      expect(await resolveIn(folder, "looksVid005")).toMatchObject({ isKept: true });
      await downloader.forget(folder);
      expect(await resolveIn(folder, "looksVid005")).not.toHaveProperty("isKept");
      expect(looksAt("looksVid005")).toBe(2);
      if (!isWhole) return;
      // What it found in place of it is there for the others.
      expect(await resolve("looksVid005")).toMatchObject({ isKept: true });
      await downloader.forget(folder);
      expect(await resolveIn(folder, "looksVid005")).not.toHaveProperty("isKept");
      expect(looksAt("looksVid005")).toBe(3);
    },
    limitMs,
  );

  testWhole(
    "that cannot be read any more, or do not have what is asked for, are made anew",
    async () => {
      const egress = lease();
      await egress.looks?.keep(double.url("looksVid006"), '{"_type": "vid', null);
      expect(await probe("looksVid006", egress)).toMatchObject({ kind: "video" });
      await egress.looks?.keep(double.url("looksVid006"), '{"id": "looksVid006", "title": "Without formats"}', null);
      expect((await resolve("looksVid006", {}, egress)).streams).toHaveLength(1);
      expect(looksAt("looksVid006")).toBe(2);
    },
    limitMs,
  );

  testWhole(
    "are not kept of what fails, is live, or ends before it could be fetched",
    async () => {
      const egress = lease();
      for (const [id, change] of [
        ["looksVid007", { playability: playabilities.private }],
        ["looksVid007", { live: "now" }],
      ] as const) {
        double.catalogue.videos.set(id, { id, ...change });
        await probe(id, egress).catch(() => undefined);
        expect(await egress.looks?.find(double.url(id))).toBeNull();
      }
      expect(told).toEqual(["probe asked", "probe asked"]);
    },
    limitMs,
  );
});
