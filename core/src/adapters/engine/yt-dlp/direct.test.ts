import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, spyOn, test } from "bun:test";
import { type FileHandle, open, readFile, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import {
  eventually,
  fewUnlessWhole,
  ffprobe,
  findTools,
  onlyWhole,
  startYouTubeDouble,
  type TempDir,
  tempDir,
  type Unleased,
  type YouTubeDouble,
} from "@vidferry/testing";
import { DownloadRequest, type DownloadRequestInput } from "../../../jobs/request.ts";
import type { FetchOptions, FetchProgress } from "../../../pipeline/downloader.ts";
import type { WorkFolder } from "../../../pipeline/work-folders.ts";
import { localWorkFolders } from "../../blobs/local-disk/index.ts";
import { createSilentLogger } from "../../system/index.ts";
import { type EgressGuard, startEgressGuard } from "../egress-guard/index.ts";
import type { JsRuntime } from "./options.ts";
import { type EgressOptions, ytDlpThrough } from "./test-downloader.ts";

// The genuine yt-dlp finds out where the streams lie; we fetch them, through the guard, from a YouTube of our own.
const limitMs = 180_000;
const testWhole = onlyWhole(test);
const mebibyte = 1 << 20;
let double: YouTubeDouble;
let guard: EgressGuard;
/** Keeps yt-dlp loaded, as a worker does; so it says whether it can pass for a browser. */
let downloader: ReturnType<typeof ytDlpThrough>;
let dir: TempDir;
let folder: WorkFolder;
beforeAll(async () => {
  double = await startYouTubeDouble({
    catalogue: {
      videos: [
        { id: "severalCon1", challenge: "none", itags: [137, 140], mediaBytes: 8 * mebibyte },
        {
          ...{ id: "sideBySide1", challenge: "none", itags: [137, 140], mediaBytes: 2 * mebibyte },
          mediaFaults: { stallAfterBytes: mebibyte },
        },
        {
          id: "breaksOften",
          challenge: "none",
          itags: [18],
          mediaBytes: 6 * mebibyte,
          mediaFaults: { cutAfterBytes: 1_500_000, times: 4 },
        },
      ],
    },
  });
  guard = await startEgressGuard({
    allowPrivateHosts: [],
    upstreamProxy: double.proxyUrl,
    logger: createSilentLogger(),
  });
  downloader = ytDlpThrough(warm());
}, limitMs);
afterAll(async () => {
  downloader.close();
  await guard.stop();
  await double.stop();
});
beforeEach(async () => {
  dir = await tempDir("vidferry-direct");
  folder = await localWorkFolders({ directory: dir.path }).open(`job_${"0".repeat(32)}`);
});
afterEach(() => dir[Symbol.asyncDispose]());

const never = new AbortController().signal;
const options = (): EgressOptions => {
  const tools = findTools();
  const [name = "", path = ""] = tools.jsRuntime.split(/:(.*)/s);
  return {
    binary: tools.ytDlp,
    jsRuntime: { name: name as JsRuntime["name"], path },
    proxyUrl: guard.url,
    direct: { dialThrough: async () => guard.connect, connections: 4 },
    caFile: double.caFile,
    ...(process.env["PATH"] === undefined ? {} : { path: process.env["PATH"] }),
  };
};
const warm = (): EgressOptions => ({ ...options(), warm: true });
const request = (id: string, rest: Omit<DownloadRequestInput, "url"> = {}) =>
  DownloadRequest.parse({ url: double.url(id), ...rest });
const fetchOptions = (rest: Partial<Unleased<FetchOptions>> = {}): Unleased<FetchOptions> => ({
  folder,
  signal: never,
  onProgress: () => undefined,
  maxBytes: null,
  stallMs: 30_000,
  ...rest,
});
const caught = (promise: Promise<unknown>) => promise.then(() => null).catch((error: unknown) => error);
const mediaOf = (id: string) =>
  double.requests.filter((one) => one.path === "/videoplayback" && one.query["id"] === id);

describe("captions and thumbnails that lie as plain files", () => {
  const opened: ReturnType<typeof ytDlpThrough>[] = [];
  afterEach(() => {
    for (const downloader of opened.splice(0)) downloader.close();
  });
  const begin = (kind: EgressOptions) => {
    const downloader = ytDlpThrough(kind);
    opened.push(downloader);
    return downloader;
  };
  const home = (name: string) =>
    stat(join(folder.path, "yt-dlp/home", name)).then(
      () => true,
      () => false,
    );

  test(
    "are fetched without yt-dlp",
    async () => {
      const wanted = request("emojiTitle1", { output: { type: "transcript" } });
      const resolution = await downloader.resolve(wanted, { folder, signal: never });
      const { subtitles, warnings } = await downloader.fetchSubtitles(wanted, resolution, { folder, signal: never });
      expect([subtitles.map(({ language }) => language), warnings]).toEqual([["en"], []]);
      const picture = await downloader.fetchThumbnail(resolution, { folder, signal: never });
      expect(picture).toEndWith("/thumbnail.jpg");
      expect([await home("captions"), await home("thumbnail")]).toEqual([false, false]);
    },
    limitMs,
  );

  test(
    "that the source refuses are a warning in its words, after a few requests, and the others come all the same",
    async () => {
      const wanted = request("caption4291", { subtitles: { languages: ["fr", "en"] } });
      const resolution = await downloader.resolve(wanted, { folder, signal: never });
      const { subtitles, warnings } = await downloader.fetchSubtitles(wanted, resolution, { folder, signal: never });
      expect(subtitles.map(({ language }) => language)).toEqual(["en"]);
      expect(warnings).toEqual([
        { code: "subtitles_missing", detail: expect.stringMatching(/^No subtitles in fr: HTTP Error 429/) },
      ]);
      const asked = double.requests.filter(({ path, query }) => path === "/api/timedtext" && query["lang"] === "fr");
      expect(asked.filter(({ query }) => query["v"] === "caption4291")).toHaveLength(3);
    },
    limitMs,
  );

  testWhole(
    "for which the source asks for patience are asked for again when it says, the others only once",
    async () => {
      const wanted = request("caption429b", { subtitles: { languages: ["fr", "en"] } });
      const resolution = await downloader.resolve(wanted, { folder, signal: never });
      const { subtitles, warnings } = await downloader.fetchSubtitles(wanted, resolution, { folder, signal: never });
      expect([subtitles.map(({ language }) => language), warnings]).toEqual([["fr", "en"], []]);
      const asked = double.requests.filter(
        ({ path, query }) => path === "/api/timedtext" && query["v"] === "caption429b",
      );
      expect(asked.map(({ query, status }) => `${query["lang"]} ${status}`)).toEqual(["fr 429", "en 200", "fr 200"]);
    },
    limitMs,
  );

  test(
    "for which the disk has no room are a warning that names no path",
    async () => {
      const wanted = request("muxedOnly01", { output: { type: "transcript" } });
      const resolution = await downloader.resolve(wanted, { folder, signal: never });
      const other = await open(join(dir.path, "other"), "w");
      const handles = Object.getPrototypeOf(other) as FileHandle;
      await other.close();
      const full = Object.assign(new Error(`ENOSPC: no space left on device, write '${dir.path}'`), { code: "ENOSPC" });
      const spy = spyOn(handles, "appendFile").mockImplementation(async () => Promise.reject(full));
      const { subtitles, warnings } = await downloader
        .fetchSubtitles(wanted, resolution, { folder, signal: never })
        .finally(() => spy.mockRestore());
      expect([subtitles, warnings.map(({ code }) => code)]).toEqual([[], ["subtitles_missing"]]);
      expect(JSON.stringify(warnings)).not.toContain(dir.path);
    },
    limitMs,
  );

  testWhole(
    "are left to yt-dlp where the egress has cookies or another way out, and where it may have to pass for a browser",
    async () => {
      const wanted = request("sampleVid01", { output: { type: "transcript" } });
      const cookies = "# Netscape HTTP Cookie File\n.youtube.com\tTRUE\t/\tTRUE\t2000000000\tSID\tsample\n";
      const cookiesFile = join(dir.path, "cookies.txt");
      await writeFile(cookiesFile, cookies, { mode: 0o600 });
      const kinds: [EgressOptions, boolean, boolean][] = [
        [{ ...warm(), direct: { dialThrough: async () => null, connections: 1 } }, true, true],
        [{ ...warm(), cookiesFile }, true, true],
        [options(), true, false],
      ];
      for (const [kind, captions, thumbnail] of kinds) {
        const another = begin(kind);
        await another.forget(folder);
        for (const name of ["captions", "thumbnail"]) {
          await rm(join(folder.path, "yt-dlp/home", name), { recursive: true, force: true });
        }
        const resolution = await another.resolve(wanted, { folder, signal: never });
        const { subtitles } = await another.fetchSubtitles(wanted, resolution, { folder, signal: never });
        expect(subtitles).toHaveLength(1);
        expect(await another.fetchThumbnail(resolution, { folder, signal: never })).not.toBeNull();
        expect([await home("captions"), await home("thumbnail")]).toEqual([captions, thumbnail]);
      }
    },
    limitMs,
  );
});

describe("streams that lie as plain files", () => {
  test(
    "are fetched without yt-dlp, each byte once",
    async () => {
      const resolution = await downloader.resolve(request("severalCon1"), { folder, signal: never });
      const seen: FetchProgress[] = [];
      const streams = await downloader.fetch(
        resolution,
        fetchOptions({ onProgress: (progress) => seen.push(progress) }),
      );
      expect(streams.map(({ formatId }) => formatId)).toEqual(["137", "140"]);
      const [video] = await Promise.all(streams.map(({ path }) => ffprobe(path)));
      expect(video?.streams).toMatchObject([{ codec_name: "h264", width: 1920, height: 1080 }]);
      const asked = mediaOf("severalCon1");
      expect(asked.reduce((sum, { bytesSent }) => sum + bytesSent, 0)).toBe(2 * 8 * mebibyte);
      expect(asked.length).toBeGreaterThan(6);
      const fractions = seen.map(({ fraction }) => fraction ?? 0);
      expect(fractions).toEqual([...fractions].sort((one, other) => one - other));
      expect(seen.at(-1)).toMatchObject({ fraction: 1, downloadedBytes: 16 * mebibyte, totalBytes: 16 * mebibyte });
    },
    limitMs,
  );

  testWhole(
    "are the same that yt-dlp would have fetched",
    async () => {
      const resolution = await downloader.resolve(request("severalCon1"), { folder, signal: never });
      const streams = await downloader.fetch(resolution, fetchOptions());
      const other = await localWorkFolders({ directory: dir.path }).open(`job_${"1".repeat(32)}`);
      const { direct: _, ...without } = options();
      const byYtDlp = ytDlpThrough(without);
      const again = await byYtDlp.resolve(request("severalCon1"), { folder: other, signal: never });
      const reference = await byYtDlp.fetch(again, fetchOptions({ folder: other }));
      for (const [index, { path }] of streams.entries()) {
        expect((await readFile(path)).equals(await readFile(reference[index]?.path ?? ""))).toBe(true);
      }
    },
    limitMs,
  );

  testWhole(
    "are fetched side by side",
    async () => {
      const slow = ytDlpThrough({
        ...options(),
        direct: { dialThrough: async () => guard.connect, connections: 1 },
      });
      const resolution = await downloader.resolve(request("sideBySide1"), { folder, signal: never });
      const seen = new AbortController();
      const fetching = caught(slow.fetch(resolution, fetchOptions({ signal: seen.signal, stallMs: limitMs })));
      // Each stops half way: one that waited for the other would never begin.
      await eventually(() => {
        const begun = mediaOf("sideBySide1").filter(({ bytesSent }) => bytesSent > 0);
        return new Set(begun.map(({ query }) => query["itag"])).size === 2;
      });
      const reason = new Error("seen");
      seen.abort(reason);
      expect(await fetching).toBe(reason);
    },
    limitMs,
  );

  test(
    "of an egress that has another way out than ours are left to yt-dlp",
    async () => {
      const another = ytDlpThrough({ ...options(), direct: { dialThrough: async () => null, connections: 4 } });
      const resolution = await downloader.resolve(request("muxedOnly01"), { folder, signal: never });
      const [stream] = await another.fetch(resolution, fetchOptions());
      expect(stream?.path).toContain("/stream-18-");
      expect(mediaOf("muxedOnly01")).toHaveLength(1);
    },
    limitMs,
  );

  test(
    "arrive whole over connections that break",
    async () => {
      const resolution = await downloader.resolve(request("breaksOften"), { folder, signal: never });
      const [stream] = await downloader.fetch(resolution, fetchOptions());
      expect((await stat(stream?.path ?? "")).size).toBe(6 * mebibyte);
    },
    limitMs,
  );

  const refusals = [
    ["media403Vid", "source_forbidden"],
    ["emptyMedia1", "source_error"],
  ] as const;
  test.each(fewUnlessWhole(refusals, ([id]) => id === "emptyMedia1"))(
    "of %s fail as %s, as they do with yt-dlp",
    async (id, code) => {
      const resolution = await downloader.resolve(request(id), { folder, signal: never });
      const error = await caught(downloader.fetch(resolution, fetchOptions()));
      expect(error).toMatchObject({ code });
      expect(String(error)).not.toContain("videoplayback?expire");
    },
    limitMs,
  );

  testWhole(
    "stall when nothing arrives for too long",
    async () => {
      const resolution = await downloader.resolve(request("stallVideo1"), { folder, signal: never });
      expect(await caught(downloader.fetch(resolution, fetchOptions({ stallMs: 2_000 })))).toMatchObject({
        code: "stalled",
      });
    },
    limitMs,
  );

  test(
    "are stopped when they are larger than allowed, however large they were said to be",
    async () => {
      const resolution = await downloader.resolve(request("bigSlowVid1"), { folder, signal: never });
      const unsized = { ...resolution, streams: resolution.streams.map((stream) => ({ ...stream, bytes: null })) };
      const error = await caught(downloader.fetch(unsized, fetchOptions({ maxBytes: 4_000_000 })));
      expect(error).toMatchObject({ code: "file_too_large" });
    },
    limitMs,
  );

  const faults = [
    ["is full", "ENOSPC", "disk_full"],
    ["fails", "EIO", "storage_error"],
  ] as const;
  test.each(fewUnlessWhole(faults, ([, code]) => code === "ENOSPC"))(
    "are given up with its own code when the disk %s",
    async (_, code, expected) => {
      const resolution = await downloader.resolve(request("muxedOnly01"), { folder, signal: never });
      const other = await open(join(dir.path, "other"), "w");
      const handles = Object.getPrototypeOf(other) as FileHandle;
      await other.close();
      const refused = async () => Promise.reject(Object.assign(new Error(`${code}: write`), { code }));
      const spies = [spyOn(handles, "write"), spyOn(handles, "writev")];
      for (const spy of spies) spy.mockImplementation(refused);
      const error = await caught(downloader.fetch(resolution, fetchOptions()));
      for (const spy of spies) spy.mockRestore();
      expect(error).toMatchObject({ code: expected, cause: { code } });
    },
    limitMs,
  );

  testWhole(
    "go on after a broken-off fetch where it was",
    async () => {
      const resolution = await downloader.resolve(request("bigSlowVid1"), { folder, signal: never });
      const controller = new AbortController();
      const reason = new Error("cancelled");
      let there = 0;
      const onProgress = ({ downloadedBytes }: FetchProgress) => {
        there = downloadedBytes;
        if (downloadedBytes > 6_000_000) controller.abort(reason);
      };
      expect(await caught(downloader.fetch(resolution, fetchOptions({ signal: controller.signal, onProgress })))).toBe(
        reason,
      );
      const before = mediaOf("bigSlowVid1").length;
      const [stream] = await downloader.fetch(resolution, fetchOptions());
      const { size } = await stat(stream?.path ?? "");
      expect(size).toBe(resolution.streams[0]?.bytes ?? 0);
      const sent = mediaOf("bigSlowVid1")
        .slice(before)
        .reduce((sum, { bytesSent }) => sum + bytesSent, 0);
      expect(sent).toBeLessThanOrEqual(size - there);
    },
    limitMs,
  );

  test(
    "lie under links that only the owner of the folder can read",
    async () => {
      await downloader.resolve(request("muxedOnly01"), { folder, signal: never });
      expect((await stat(join(folder.path, "yt-dlp", "plan.json"))).mode & 0o777).toBe(0o600);
    },
    limitMs,
  );
});
