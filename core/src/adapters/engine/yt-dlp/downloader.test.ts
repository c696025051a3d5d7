import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "bun:test";
import { spawn } from "node:child_process";
import { readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import {
  announcedStart,
  eventually,
  fewUnlessWhole,
  ffprobe,
  findTools,
  isWhole,
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
import type { JsRuntime } from "./options.ts";
import { type EgressOptions, ytDlpThrough } from "./test-downloader.ts";

// The genuine yt-dlp with its genuine YouTube extractor, on a YouTube of our own.
const testWhole = onlyWhole(test);
const limitMs = 180_000;
let double: YouTubeDouble;
/** Keeps yt-dlp loaded, as a worker does. */
let downloader: ReturnType<typeof ytDlpThrough>;
let dir: TempDir;
let folder: WorkFolder;

beforeAll(async () => {
  double = await startYouTubeDouble({
    catalogue: { videos: [{ id: "noSponsors1", itags: [18], sponsorSegments: [] }] },
  });
  downloader = ytDlpThrough({ ...options(), warm: true });
}, limitMs);
afterAll(async () => {
  downloader.close();
  await double.stop();
});
beforeEach(async () => {
  dir = await tempDir("vidferry-yt-dlp");
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
    proxyUrl: double.proxyUrl,
    caFile: double.caFile,
    limits: { maxDurationSeconds: 60 },
    ...(process.env["PATH"] === undefined ? {} : { path: process.env["PATH"] }),
  };
};
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
const requestsOf = (id: string, path: string) =>
  double.requests.filter((one) => one.path === path && (one.query["id"] ?? one.query["v"]) === id);

describe("an ordinary video", () => {
  test(
    "is looked at once, fetched stream by stream, and its progress never goes back",
    async () => {
      const resolution = await downloader.resolve(request("sampleVid01"), { folder, signal: never });
      expect(resolution.media).toMatchObject({
        extractor: "youtube",
        id: "sampleVid01",
        title: "Sample video: a tour",
        durationSeconds: 12,
        isLive: false,
        chapters: [{ title: "Opening" }, { title: "Middle" }, { title: "End" }],
      });
      expect(resolution.streams).toMatchObject([
        { formatId: "299", hasVideo: true, hasAudio: false },
        { formatId: "140", hasVideo: false, hasAudio: true },
      ]);

      const before = double.requests.length;
      expect(await downloader.resolve(request("sampleVid01"), { folder, signal: never })).toEqual(resolution);
      expect(double.requests.length).toBe(before);

      const seen: FetchProgress[] = [];
      const streams = await downloader.fetch(
        resolution,
        fetchOptions({ onProgress: (progress) => seen.push(progress) }),
      );
      expect(streams.map(({ formatId }) => formatId)).toEqual(["299", "140"]);
      const [video, audio] = await Promise.all(streams.map(({ path }) => ffprobe(path)));
      expect(video?.streams).toMatchObject([{ codec_name: "h264", width: 1920, height: 1080 }]);
      expect(audio?.streams).toMatchObject([{ codec_name: "aac" }]);

      const asked = double.requests.slice(before).map(({ path }) => path);
      expect(asked.every((path) => path === "/videoplayback")).toBeTrue();
      const fractions = seen.map(({ fraction }) => fraction ?? 0);
      expect(fractions).toEqual([...fractions].sort((one, other) => one - other));
      const bytes = await Promise.all(streams.map(({ path }) => stat(path).then(({ size }) => size)));
      const total = bytes.reduce((sum, size) => sum + size, 0);
      expect(seen.at(-1)).toMatchObject({ fraction: 1, downloadedBytes: total, totalBytes: total });
    },
    limitMs,
  );

  test(
    "keeps what was found private, forgets it when told, and asks only the source's hosts",
    async () => {
      await downloader.resolve(request("muxedOnly01"), { folder, signal: never });
      const info = join(folder.path, "yt-dlp", "info.json");
      expect((await stat(info)).mode & 0o777).toBe(0o600);
      await downloader.forget(folder);
      await expect(stat(info)).rejects.toThrow();
      const before = requestsOf("muxedOnly01", "/watch").length;
      await downloader.resolve(request("muxedOnly01"), { folder, signal: never });
      expect(requestsOf("muxedOnly01", "/watch").length).toBe(before + 1);
      const hosts = new Set(double.connects.map((target) => target.replace(/^[^.]*(?=\.googlevideo)|:443$/g, "")));
      expect(
        [...hosts].every((host) => /(youtube\.com|googlevideo\.com|ytimg\.com|sponsor\.ajay\.app)$/.test(host)),
      ).toBeTrue();
      expect(double.refused).toEqual([]);
    },
    limitMs,
  );

  testWhole(
    "is fetched anew after it was forgotten as a whole; finished streams of a broken-off fetch are kept",
    async () => {
      const wanted = request("dotsTitle01", { output: { type: "video", quality: "144p" } });
      const fetchAll = async () => {
        const before = requestsOf("dotsTitle01", "/videoplayback").length;
        const resolution = await downloader.resolve(wanted, { folder, signal: never });
        const streams = await downloader.fetch(resolution, fetchOptions());
        return { streams, asked: requestsOf("dotsTitle01", "/videoplayback").length - before };
      };
      const { streams, asked } = await fetchAll();
      expect(asked).toBeGreaterThanOrEqual(2);
      expect((await fetchAll()).asked).toBe(0);
      await downloader.forget(folder);
      expect((await fetchAll()).asked).toBe(asked);
      await rm(streams[1]?.path ?? "");
      await downloader.forget(folder);
      expect((await fetchAll()).asked).toBe(asked - 1);
    },
    limitMs,
  );

  test(
    "is looked at again when the request is another one",
    async () => {
      const formats = async (quality: "360p" | "144p") => {
        const output = { type: "video", quality } as const;
        const { streams } = await downloader.resolve(request("slashTitle1", { output }), { folder, signal: never });
        return streams.map(({ formatId }) => formatId);
      };
      expect([await formats("360p"), await formats("144p")]).toEqual([["18"], ["160", "140"]]);
    },
    limitMs,
  );
});

describe("the choice of formats", () => {
  type Output = NonNullable<DownloadRequestInput["output"]>;
  const wishes: readonly (readonly [string, Output, string])[] = [
    ["sampleVid01", { type: "video", quality: "720p" }, "298+140"],
    ["sampleVid01", { type: "video", quality: "2160p", codec: "h264" }, "299+140"],
    ["sampleVid01", { type: "video", codec: "vp9" }, "303+140"],
    ["sampleVid01", { type: "video", container: "webm" }, "303+251"],
    ["sampleVid01", { type: "video", quality: "best", container: "mkv" }, "299+140"],
    ["sampleVid01", { type: "video", maxFps: 30 }, "137+140"],
    ["sampleVid01", { type: "video", quality: "worst" }, "160+139"],
    ["shortsVid01", { type: "video", quality: "1080p" }, "137+140"],
    ["sampleVid01", { type: "audio" }, "251"],
    ["sampleVid01", { type: "audio", format: "m4a" }, "140"],
    ["sampleVid01", { type: "audio", format: "opus" }, "251"],
    ["muxedOnly01", { type: "video" }, "18"],
    ["muxedOnly01", { type: "audio", format: "mp3" }, "18"],
    ["noAudioVid1", { type: "video" }, "136"],
    ["sampleVid01", { type: "transcript" }, ""],
    ["noAudioVid1", { type: "audio" }, "format_unavailable"],
    ["audioOnly01", { type: "video" }, "format_unavailable"],
    ["muxedOnly01", { type: "video", codec: "vp9" }, "format_unavailable"],
    ["sampleVid01", { type: "video", maxFps: 10 }, "format_unavailable"],
  ];
  // The tables of the choice walk the whole ladder; here that what was picked is what is found.
  test.each(fewUnlessWhole(wishes, ([id, { type }]) => id === "noAudioVid1" && type === "audio"))(
    "of %s for %j is %s",
    async (id, output, expected) => {
      const found = await downloader
        .resolve(request(id, { output }), { folder, signal: never })
        .then(({ streams }) => streams.map(({ formatId }) => formatId).join("+"))
        .catch((error: { code: string }) => error.code);
      expect(found).toBe(expected);
    },
    limitMs,
  );
});

describe("a video in several languages", () => {
  const wishes: [DownloadRequestInput["output"], (string | null)[]][] = [
    [{ type: "video" }, [null, "en-US"]],
    [{ type: "video", audioLanguage: "he" }, [null, "iw"]],
    [{ type: "video", audioLanguage: "fr" }, [null, "en-US"]],
    [{ type: "video", audioLanguage: "all" }, [null, "en-US", "iw", "de"]],
    [{ type: "audio", format: "mp3", audioLanguage: "de-AT" }, ["de"]],
  ];
  // "All of them" below is one that is chosen and fetched.
  onlyWhole(test.each(wishes))(
    "for %j",
    async (output, languages) => {
      const { streams } = await downloader.resolve(request("dubbedVid01", { output }), {
        folder,
        signal: never,
      });
      expect(streams.map(({ language }) => language ?? null)).toEqual(languages);
      expect(streams.some(({ formatId }) => formatId.includes("drc"))).toBeFalse();
    },
    limitMs,
  );

  test(
    "is fetched with all of them",
    async () => {
      const wanted = request("dubbedVid01", { output: { type: "video", quality: "144p", audioLanguage: "all" } });
      const resolution = await downloader.resolve(wanted, { folder, signal: never });
      const fetched = await downloader.fetch(resolution, fetchOptions());
      expect(fetched.map(({ formatId }) => formatId)).toEqual(resolution.streams.map(({ formatId }) => formatId));
      expect(new Set(fetched.map(({ path }) => path)).size).toBe(4);
    },
    limitMs,
  );
});

describe("a video that cannot be had", () => {
  const reasons = [
    ["privateVid1", "video_private"],
    ["membersVid1", "members_only"],
    ["ageGateVid1", "age_restricted"],
    ["geoBlockVid", "geo_blocked"],
    ["removedVid1", "video_removed"],
    ["copyrightV1", "copyright_blocked"],
    ["terminated1", "video_removed"],
    ["notExistVid", "video_removed"],
    ["paymentVid1", "members_only"],
    ["loginNeeded", "login_required"],
    ["botCheckVid", "bot_check"],
    ["captchaVid1", "bot_check"],
    ["rateLimited", "rate_limited"],
    ["watch429Vid", "rate_limited"],
    ["watch503Vid", "source_error"],
    ["drmProtect1", "drm_protected"],
    ["sabrOnlyVid", "source_error"],
    ["liveEndedV1", "video_removed"],
    ["liveNowVid1", "live_not_supported"],
  ] as const;
  // Each reason's words are told apart by the test of errors, and a job fails with many of them from end to end.
  test.each(fewUnlessWhole(reasons, ([id]) => id === "drmProtect1"))(
    "%s is %s",
    async (id, code) => {
      const error = await caught(downloader.resolve(request(id), { folder, signal: never }));
      expect(error).toMatchObject({ code, hint: expect.stringMatching(/./) });
      await expect(stat(join(folder.path, "yt-dlp", "info.json"))).rejects.toThrow();
    },
    limitMs,
  );

  // A job waits for one in the tests of live streams.
  onlyWhole(test.each(["upcomingVid", "premiereVid"]))(
    "%s is to be tried again when it starts",
    async (id) => {
      const error = await caught(downloader.resolve(request(id), { folder, signal: never }));
      expect(error).toMatchObject({ code: "live_not_started", retryAt: new Date(announcedStart * 1000) });
    },
    limitMs,
  );

  const refusals = [
    ["media403Vid", "source_forbidden"],
    ["emptyMedia1", "source_error"],
  ] as const;
  // Media that are refused are in those of players, too.
  onlyWhole(test.each(refusals))(
    "%s fails as %s when its media are fetched",
    async (id, code) => {
      const resolution = await downloader.resolve(request(id), { folder, signal: never });
      const error = await caught(downloader.fetch(resolution, fetchOptions()));
      expect(error).toMatchObject({ code });
      expect(String(error)).not.toContain("videoplayback?expire");
    },
    limitMs,
  );

  testWhole(
    "stalls when nothing arrives for too long",
    async () => {
      const resolution = await downloader.resolve(request("stallVideo1"), { folder, signal: never });
      expect(await caught(downloader.fetch(resolution, fetchOptions({ stallMs: 2_000 })))).toMatchObject({
        code: "stalled",
      });
    },
    limitMs,
  );
});

describe("the limits", () => {
  test(
    "refuse a video that is too long, and count a clip by its own length",
    async () => {
      const long = request("longVideo01");
      expect(await caught(downloader.resolve(long, { folder, signal: never }))).toMatchObject({ code: "too_long" });
      const clip = request("longVideo01", { clip: { startSeconds: 170, endSeconds: 500 } });
      expect(await downloader.resolve(clip, { folder, signal: never })).toMatchObject({
        media: { durationSeconds: 180 },
      });
    },
    limitMs,
  );

  test(
    "refuse a file that is too large before a byte of it is fetched",
    async () => {
      const resolution = await downloader.resolve(request("bigVideo001", { output: { type: "video" } }), {
        folder,
        signal: never,
      });
      const error = await caught(downloader.fetch(resolution, fetchOptions({ maxBytes: 1_000_000 })));
      expect(error).toMatchObject({ code: "file_too_large" });
      expect(requestsOf("bigVideo001", "/videoplayback")).toEqual([]);
    },
    limitMs,
  );

  testWhole(
    "stop a file that grows too large on the way",
    async () => {
      const resolution = await downloader.resolve(request("bigSlowVid1"), { folder, signal: never });
      const unsized = { ...resolution, streams: resolution.streams.map((stream) => ({ ...stream, bytes: null })) };
      const error = await caught(downloader.fetch(unsized, fetchOptions({ maxBytes: 4_000_000 })));
      expect(error).toMatchObject({ code: "file_too_large" });
      expect(await folder.size()).toBeLessThan(12_000_000);
    },
    limitMs,
  );
});

describe("a fetch that is broken off", () => {
  testWhole(
    "ends at once with the signal's reason and leaves no process",
    async () => {
      const downloader = ytDlpThrough(options());
      const resolution = await downloader.resolve(request("slowVideo01"), { folder, signal: never });
      const controller = new AbortController();
      const reason = new Error("cancelled");
      const onProgress = ({ downloadedBytes }: FetchProgress) => {
        if (downloadedBytes > 0) controller.abort(reason);
      };
      expect(await caught(downloader.fetch(resolution, fetchOptions({ signal: controller.signal, onProgress })))).toBe(
        reason,
      );
      expect(await processesNaming(folder.path)).toEqual([]);
    },
    limitMs,
  );

  testWhole(
    "by kill -9 leaves no process, and the next one asks for the rest alone",
    async () => {
      const kept = join(dir.path, "owner.ts");
      const module = (name: string) => JSON.stringify(fileURLToPath(new URL(name, import.meta.url)));
      const wanted = request("bigSlowVid1");
      await writeFile(
        kept,
        `import { ytDlp } from ${module("downloader.ts")};
       const downloader = ytDlp(${JSON.stringify(options())});
       const egress = { ...${JSON.stringify({ egress: "test", proxyUrl: double.proxyUrl, cookies: null })}, report() {} };
       const folder = { path: ${JSON.stringify(folder.path)} };
       const signal = new AbortController().signal;
       const resolution = await downloader.resolve(${JSON.stringify(wanted)}, { folder, signal, egress });
       await downloader.fetch(resolution, { folder, signal, egress, onProgress() {}, maxBytes: null, stallMs: 30000 });`,
      );
      const before = double.requests.length;
      const owner = spawn(process.execPath, [kept], { stdio: "ignore" });
      const media = () => double.requests.slice(before).filter((one) => one.path === "/videoplayback");
      await eventually(() => media().some(({ bytesSent }) => bytesSent > 6_000_000));
      owner.kill("SIGKILL");
      await eventually(async () => (await processesNaming(folder.path)).length === 0, { message: "the end of yt-dlp" });
      const fetchedBefore = media().length;

      const asked = double.requests.length;
      const resolution = await downloader.resolve(wanted, { folder, signal: never });
      expect(double.requests.length).toBe(asked);
      const [stream] = await downloader.fetch(resolution, fetchOptions());
      const [resumed] = media().slice(fetchedBefore);
      const from = Number(/^bytes=(\d+)-/.exec(resumed?.range ?? "")?.[1]);
      expect(from).toBeGreaterThan(1_000_000);
      const { size } = await stat(stream?.path ?? "");
      expect(size).toBe(resolution.streams[0]?.bytes ?? 0);
      const after = media().slice(fetchedBefore);
      expect(after.reduce((sum, one) => sum + one.bytesSent, 0)).toBe(size - from);
    },
    limitMs,
  );

  test(
    "by kill -9 between the last byte and the move of the file does not make it fail for ever",
    async () => {
      const resolution = await downloader.resolve(request("muxedOnly01"), { folder, signal: never });
      const [stream] = await downloader.fetch(resolution, fetchOptions());
      const path = stream?.path ?? "";
      const { size } = await stat(path);
      await rename(path, join(folder.path, "yt-dlp/parts", `${basename(path)}.part`));
      const [again] = await downloader.fetch(resolution, fetchOptions());
      expect((await stat(again?.path ?? "")).size).toBe(size);
    },
    limitMs,
  );
});

testWhole(
  "a part of a file that the site has replaced meanwhile is not continued with the rest of the new one",
  async () => {
    const fetchIn = async (place: WorkFolder, signal = never) => {
      const resolution = await downloader.resolve(request("newerFile01"), { folder: place, signal: never });
      return downloader.fetch(resolution, fetchOptions({ folder: place, signal }));
    };
    const video = { id: "newerFile01", title: "Encoded anew", itags: [18] };
    double.addVideo({ ...video, mediaBytes: 3_000_000, mediaFaults: { stallAfterBytes: 2_000_000 } });
    const halted = new AbortController();
    const half = fetchIn(folder, halted.signal);
    await eventually(() => requestsOf("newerFile01", "/videoplayback").some(({ bytesSent }) => bytesSent >= 2_000_000));
    halted.abort();
    expect(await caught(half)).not.toBeNull();

    double.addVideo({ ...video, mediaBytes: 4_000_000 });
    await downloader.forget(folder);
    const [continued] = await fetchIn(folder);
    const fresh = await localWorkFolders({ directory: dir.path }).open(`job_${"1".repeat(32)}`);
    const [whole] = await fetchIn(fresh);
    const [one, other] = await Promise.all([continued, whole].map((stream) => readFile(stream?.path ?? "")));
    expect(one?.length).toBe(4_000_000);
    expect(one?.equals(other ?? Buffer.alloc(0))).toBe(true);
  },
  limitMs,
);

describe("subtitles", () => {
  const fetchAll = async (id: string, rest: Omit<DownloadRequestInput, "url">) => {
    const wanted = request(id, rest);
    const resolution = await downloader.resolve(wanted, { folder, signal: never });
    const options = { folder, signal: never };
    const { subtitles, warnings, failure } = await downloader.fetchSubtitles(wanted, resolution, options);
    return {
      failure: failure && [failure.code, failure.message],
      found: subtitles.map(({ language, automatic }) => `${language}${automatic ? " (automatic)" : ""}`),
      cues: subtitles.flatMap(({ cues }) => cues),
      warnings,
    };
  };

  test(
    "come as written, as recognised and as translated, without repeated lines",
    async () => {
      const { found, cues, warnings } = await fetchAll("asrOnlyVid1", {
        subtitles: { languages: ["original", "pt"], translateTo: ["es"] },
      });
      expect(found).toEqual(["en (automatic)", "es (automatic)"]);
      expect(warnings).toEqual([{ code: "subtitles_missing", detail: "No subtitles in pt: the source has none." }]);
      expect(cues.length).toBeGreaterThan(4);
      expect(cues.every(({ text }, index) => text !== cues[index + 1]?.text)).toBeTrue();
    },
    limitMs,
  );

  testWhole(
    "that the source refuses are a warning, and the others come all the same",
    async () => {
      const { found, warnings, failure } = await fetchAll("caption4291", { subtitles: { languages: ["fr", "en"] } });
      expect([found, failure]).toEqual([["en"], undefined]);
      expect(warnings).toEqual([
        { code: "subtitles_missing", detail: expect.stringMatching(/^No subtitles in fr: HTTP Error 429/) },
      ]);
    },
    limitMs,
  );

  testWhole(
    "are translated from what somebody wrote under the name of the language alone, with its region and script",
    async () => {
      double.addVideo({
        id: "writtenOnly",
        challenge: "none",
        captions: [{ language: "en" }],
        translations: ["es", "pt-BR", "zh-Hant"],
      });
      const { found, warnings } = await fetchAll("writtenOnly", {
        subtitles: { languages: ["en"], translateTo: ["es", "pt-BR", "zh-TW"] },
      });
      expect([found, warnings]).toEqual([["en", "es (automatic)", "pt-BR (automatic)", "zh-Hant (automatic)"], []]);
    },
    limitMs,
  );

  testWhole(
    "of which none could be had say what the source has against it",
    async () => {
      double.addVideo({
        id: "heldBackCap",
        challenge: "none",
        captions: [{ language: "fr" }, { language: "de" }],
        captionFaults: { fr: { status: 429 }, de: { status: 404 } },
      });
      const { failure } = await fetchAll("heldBackCap", { subtitles: { languages: ["de", "fr"] } });
      expect(failure).toEqual(["rate_limited", "No subtitles in fr: HTTP Error 429: Too Many Requests."]);
    },
    limitMs,
  );

  testWhole(
    "for which the source asks for patience are asked for again",
    async () => {
      const { found, warnings } = await fetchAll("caption429b", { subtitles: { languages: ["fr", "en"] } });
      expect([found, warnings]).toEqual([["fr", "en"], []]);
    },
    limitMs,
  );

  testWhole(
    "of a transcript are the spoken language's, where there is none a warning",
    async () => {
      expect((await fetchAll("sampleVid01", { output: { type: "transcript" } })).found).toEqual(["en"]);
      await downloader.forget(folder);
      const { found, warnings } = await fetchAll("noCaptions1", { output: { type: "transcript" } });
      expect([found, warnings.map(({ code }) => code)]).toEqual([[], ["subtitles_missing"]]);
    },
    limitMs,
  );
});

describe("what goes with a video", () => {
  testWhole(
    "is its thumbnail as a picture, or none",
    async () => {
      const resolution = await downloader.resolve(request("emojiTitle1"), { folder, signal: never });
      const path = await downloader.fetchThumbnail(resolution, { folder, signal: never });
      expect(path).toMatch(/\.(jpg|png)$/);
      expect((await readFile(path ?? "")).length).toBeGreaterThan(1000);
      await downloader.forget(folder);
      const bare = await downloader.resolve(request("noThumbnail"), { folder, signal: never });
      expect(await downloader.fetchThumbnail(bare, { folder, signal: never })).toBeNull();
    },
    limitMs,
  );

  test(
    "is what SponsorBlock marks, if it is asked for",
    async () => {
      const marked = await downloader.resolve(request("sampleVid01", { sponsorBlock: ["sponsor"] }), {
        folder,
        signal: never,
      });
      expect(marked.segments).toEqual([{ startSeconds: 5, endSeconds: 7, category: "sponsor" }]);
      if (!isWhole) return;
      const other = await downloader.resolve(request("sampleVid01", { sponsorBlock: ["intro"] }), {
        folder,
        signal: never,
      });
      expect(other.segments).toEqual([]);
      const none = await downloader.resolve(request("noSponsors1", { sponsorBlock: ["sponsor"] }), {
        folder,
        signal: never,
      });
      expect([none.segments, none.warnings]).toEqual([[], []]);
    },
    limitMs,
  );

  testWhole(
    "is all of it when SponsorBlock is down or answers nonsense: a warning says so",
    async () => {
      const answers = [
        [503, ""],
        [200, "<html>"],
        [200, '{"a":1}'],
        [200, '[{"videoID":"brokenBloc1","segments":[{"segment":[null,"7"],"category":"sponsor"}]}]'],
      ] as const;
      for (const [status, body] of answers) {
        double.addVideo({ id: "brokenBloc1", itags: [18], sponsorFault: { status, body } });
        await downloader.forget(folder);
        const wanted = request("brokenBloc1", { sponsorBlock: ["sponsor"] });
        const { segments, warnings } = await downloader.resolve(wanted, { folder, signal: never });
        expect([body, segments, warnings.map(({ code }) => code)]).toEqual([body, [], ["sponsorblock_failed"]]);
      }
    },
    limitMs,
  );
});

describe("a probe", () => {
  testWhole(
    "tells what a video offers",
    async () => {
      const found = await downloader.probe(double.url("sampleVid01"), { signal: never });
      if (found.kind !== "video") throw new Error("expected a video");
      expect(found.media.title).toBe("Sample video: a tour");
      expect(found.formats).toContainEqual(
        expect.objectContaining({ id: "299", height: 1080, fps: 60, audioCodec: null, container: "mp4", hdr: false }),
      );
      expect(found.subtitles.map(({ language, automatic }) => `${language}:${automatic}`).sort()).toEqual([
        "de:false",
        "en:false",
        "en:true",
        "fr:false",
      ]);
    },
    limitMs,
  );

  test(
    "lists a playlist flat, as far as it is asked to",
    async () => {
      const found = await downloader.probe(double.playlistUrl("PLsampleLong0001"), { signal: never, limit: 3 });
      if (found.kind !== "playlist") throw new Error("expected a playlist");
      expect(found.title).toBe("A hundred and twenty");
      expect(found.entries.map(({ id, url }) => [id, url])).toEqual(
        ["listItem001", "listItem002", "listItem003"].map((id) => [id, double.url(id)]),
      );
    },
    limitMs,
  );

  testWhole(
    "says that there is more than it lists, and where to go on",
    async () => {
      const url = double.playlistUrl("PLsampleLong0001");
      const first = await downloader.probe(url, { signal: never });
      expect(first).toMatchObject({ kind: "playlist", count: 120, nextCursor: "100" });
      const last = await downloader.probe(url, { signal: never, cursor: "100" });
      expect(last).toMatchObject({ kind: "playlist", count: 120, nextCursor: null });
      expect(last.kind === "playlist" && last.entries.map(({ id }) => id)).toEqual(
        Array.from({ length: 20 }, (_, index) => `listItem${101 + index}`),
      );
      const beyond = await downloader.probe(url, { signal: never, cursor: "500" });
      expect(beyond).toMatchObject({ kind: "playlist", entries: [], nextCursor: null });
    },
    limitMs,
  );

  testWhole(
    "goes beyond a thousand entries, of a list that does not say how many it has",
    async () => {
      const videos = Array.from({ length: 1_050 }, (_, index) => `manyVid${1_000 + index}`);
      const channel = { id: "UCmanyVideosChannel00000", handle: "@many", title: "Many", videos };
      double.catalogue.channels.set(channel.id, channel);
      const found = await downloader.probe("https://www.youtube.com/@many", {
        signal: never,
        limit: 100,
        cursor: "990",
      });
      expect(found).toMatchObject({ kind: "playlist", count: 1_050, nextCursor: null });
      expect(found.kind === "playlist" && found.entries.map(({ id }) => id)).toEqual(videos.slice(990));
    },
    // Pages of thirty.
    3 * limitMs,
  );

  testWhole(
    "lists the tab of a channel that was asked for, and says when there is none",
    async () => {
      const tab = async (path: string) => {
        const found = await downloader.probe(`https://www.youtube.com/@sample${path}`, { signal: never });
        if (found.kind !== "playlist") throw new Error(`${path} is a ${found.kind}`);
        return found.entries.map(({ kind, id }) => `${kind} ${id}`);
      };
      const videos = ["video sampleVid01", "video longVideo01", "video emojiTitle1", "video muxedOnly01"];
      expect(await tab("")).toEqual(videos);
      expect(await tab("/shorts")).toEqual(["video shortsVid01"]);
      expect(await tab("/streams")).toEqual(["video liveNowVid1"]);
      expect(await tab("/playlists")).toEqual(["playlist PLsampleList0001", "playlist PLsampleLong0001"]);
      expect(await caught(tab("/podcasts"))).toMatchObject({ code: "playlist_empty" });
      expect(await caught(tab("/live"))).toMatchObject({ code: "unsupported_url" });
    },
    limitMs,
  );

  test(
    "takes the link of a video in a list for the video, and names the list",
    async () => {
      const link = `${double.url("muxedOnly01")}&list=PLsampleList0001`;
      expect(await downloader.probe(link, { signal: never })).toMatchObject({
        kind: "video",
        media: { id: "muxedOnly01" },
        listUrl: double.playlistUrl("PLsampleList0001"),
      });
    },
    limitMs,
  );

  test(
    "says why there is nothing",
    async () => {
      const answers = [
        [double.playlistUrl("PLsampleEmpty001"), "playlist_empty"],
        [double.playlistUrl("PLsampleMissing1"), "playlist_empty"],
        [double.url("privateVid1"), "video_private"],
      ] as const;
      for (const [url, code] of fewUnlessWhole(answers, (answer) => answer === answers[0])) {
        expect(await caught(downloader.probe(url, { signal: never }))).toMatchObject({ code });
      }
    },
    limitMs,
  );
});

testWhole(
  "the check sees yt-dlp, its JavaScript runtime and its solver",
  async () => {
    const checks = await ytDlpThrough(options()).check();
    expect(checks.map(({ name }) => name)).toEqual(["yt-dlp", "js-runtime", "js-solver"]);
    expect(checks.filter(({ status }) => status === "failed")).toEqual([]);
  },
  limitMs,
);

/** Command lines of running programs that name this path. */
async function processesNaming(path: string): Promise<string[]> {
  const ps = spawn("ps", ["-eo", "args="], { stdio: ["ignore", "pipe", "ignore"] });
  let output = "";
  for await (const chunk of ps.stdout) output += String(chunk);
  return output.split("\n").filter((line) => line.includes(path));
}
