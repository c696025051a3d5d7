import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, onTestFinished, test } from "bun:test";
import { connect, createServer, type Server } from "node:net";
import {
  ffprobe,
  findTools,
  type MediaOrigin,
  startMediaOrigin,
  startYouTubeDouble,
  type TempDir,
  tempDir,
  type Unleased,
  type YouTubeDouble,
} from "@vidferry/testing";
import { DownloadRequest, type DownloadRequestInput } from "../../../jobs/request.ts";
import type { FetchOptions, FetchProgress } from "../../../pipeline/downloader.ts";
import type { WorkFolder } from "../../../pipeline/work-folders.ts";
import type { Logger } from "../../../telemetry/logger.ts";
import { localWorkFolders } from "../../blobs/local-disk/index.ts";
import { type EgressGuard, startEgressGuard } from "../egress-guard/index.ts";
import type { JsRuntime } from "./options.ts";
import { type EgressOptions, ytDlpThrough } from "./test-downloader.ts";

// Everything goes through the egress guard, which opens this one private address to it.
const limitMs = 180_000;
let origin: MediaOrigin;
let guard: EgressGuard;
/** The guard of the calls of a test: another one where it opens more. */
let entrance: EgressGuard;
/** Keeps yt-dlp loaded, as a worker does. */
let downloader: ReturnType<typeof ytDlpThrough>;
let dir: TempDir;
let folder: WorkFolder;

const nothing = () => undefined;
const silent: Logger = { debug: nothing, info: nothing, warn: nothing, error: nothing, child: () => silent };
beforeAll(async () => {
  origin = await startMediaOrigin();
  guard = await startEgressGuard({ allowPrivateHosts: [`127.0.0.1:${origin.port}`], logger: silent });
  entrance = guard;
  downloader = ytDlpThrough(options({ warm: true }));
}, limitMs);
afterAll(async () => {
  downloader.close();
  await guard[Symbol.asyncDispose]();
  await origin.stop();
});
beforeEach(async () => {
  dir = await tempDir("vidferry-yt-dlp");
  folder = await localWorkFolders({ directory: dir.path }).open(`job_${"0".repeat(32)}`);
});
afterEach(() => dir[Symbol.asyncDispose]());

const never = new AbortController().signal;
const options = (rest: Partial<EgressOptions> = {}): EgressOptions => {
  const tools = findTools();
  const [name = "", path = ""] = tools.jsRuntime.split(/:(.*)/s);
  return {
    binary: tools.ytDlp,
    jsRuntime: { name: name as JsRuntime["name"], path },
    proxyUrl: () => entrance.url,
    hostPolicy: { allowedHosts: [], allowPrivateHosts: [`127.0.0.1:${origin.port}`] },
    ...(process.env["PATH"] === undefined ? {} : { path: process.env["PATH"] }),
    ...rest,
  };
};
const caught = (promise: Promise<unknown>) => promise.then(() => null).catch((error: unknown) => error);

async function download(
  url: string,
  rest: Omit<DownloadRequestInput, "url"> = {},
  fetching: Partial<Unleased<FetchOptions>> = {},
) {
  const resolution = await downloader.resolve(DownloadRequest.parse({ url, ...rest }), { folder, signal: never });
  const seen: FetchProgress[] = [];
  const onProgress = (progress: FetchProgress) => void seen.push(progress);
  const streams = await downloader.fetch(resolution, {
    folder,
    signal: never,
    onProgress,
    maxBytes: null,
    stallMs: 30_000,
    ...fetching,
  });
  return { resolution, streams, seen, found: await Promise.all(streams.map(({ path }) => ffprobe(path))) };
}

describe("a link to another site", () => {
  test(
    "that is a file comes as one stream",
    async () => {
      const { resolution, found } = await download(origin.url("landscape/18.mp4"));
      expect(resolution).toMatchObject({
        media: { extractor: "generic" },
        streams: [{ hasVideo: true, hasAudio: true }],
      });
      expect(found[0]?.streams.map(({ codec_name }) => codec_name).sort()).toEqual(["aac", "h264"]);
    },
    limitMs,
  );

  test(
    "that is an HLS stream comes as its best picture and its sound, with progress by fragments",
    async () => {
      const { found, seen } = await download(origin.url("hls/master.m3u8"), {}, {});
      expect(found.flatMap(({ streams }) => streams)).toMatchObject([
        { codec_name: "h264", height: 720 },
        { codec_name: "aac" },
      ]);
      expect(seen.at(-1)?.fraction).toBe(1);
      const fractions = seen.map(({ fraction }) => fraction ?? 0);
      expect(fractions).toEqual([...fractions].sort((one, other) => one - other));
    },
    limitMs,
  );

  test(
    "that is a DASH stream comes as picture and sound",
    async () => {
      const { found } = await download(origin.url("dash/manifest.mpd"), { output: { type: "video", quality: "360p" } });
      expect(found.flatMap(({ streams }) => streams)).toMatchObject([
        { codec_name: "h264", height: 360 },
        { codec_name: "aac" },
      ]);
    },
    limitMs,
  );

  test(
    "whose HLS stream misses fragments fails, instead of coming with holes",
    async () => {
      origin.setFaults(/low-001\.ts$/, { status: 404 });
      try {
        const error = await caught(
          download(origin.url("hls/master.m3u8"), { output: { type: "video", quality: "360p" } }),
        );
        // Tried again: a cache loses segments, and the page is still there.
        expect(error).toMatchObject({ code: "source_error" });
      } finally {
        origin.setFaults(/low-001\.ts$/, null);
      }
    },
    limitMs,
  );

  test(
    "that never ends is stopped at the limit",
    async () => {
      const error = await caught(download(origin.url("endless.mp4"), {}, { maxBytes: 3_000_000 }));
      expect(error).toMatchObject({ code: "file_too_large" });
      expect(await folder.size()).toBeLessThan(8_000_000);
    },
    limitMs,
  );

  const answers = [
    ["status/404", "video_removed"],
    ["status/403", "source_forbidden"],
    ["status/429", "rate_limited"],
    ["status/500", "source_error"],
  ] as const;
  test.each(answers)(
    "that answers %s is %s",
    async (path, code) => {
      expect(await caught(download(origin.url(path)))).toMatchObject({ code });
    },
    limitMs,
  );

  test(
    "that redirects to a closed host is refused",
    async () => {
      const error = await caught(download(origin.url("redirect?to=http://127.0.0.1:9/secret.mp4")));
      expect(error).toMatchObject({ code: "host_not_allowed" });
    },
    limitMs,
  );

  test.each(["redirect?to=", "refresh.html?to="])(
    "that leads by %s to the page of a host that is not open is refused, although its media may lie there",
    async (way) => {
      await using elsewhere = await startMediaOrigin();
      const hosts = [`127.0.0.1:${origin.port}`, `127.0.0.1:${elsewhere.port}`];
      await using both = await startEgressGuard({ allowPrivateHosts: hosts, logger: silent });
      entrance = both;
      onTestFinished(() => {
        entrance = guard;
      });
      const look = (url: string) =>
        downloader.resolve(DownloadRequest.parse({ url }), { folder, signal: AbortSignal.timeout(limitMs) });
      const target = elsewhere.url("landscape/18.mp4");
      expect(await caught(look(origin.url(`${way}${encodeURIComponent(target)}`)))).toMatchObject({
        code: "host_not_allowed",
        message: expect.stringContaining(`127.0.0.1:${elsewhere.port}`),
      });
      const page = origin.url(`player.html?to=${encodeURIComponent(target)}`);
      expect(await look(page)).toMatchObject({ streams: [{ hasVideo: true }] });
    },
    limitMs,
  );

  test(
    "of a captions track reads WebVTT",
    async () => {
      const request = DownloadRequest.parse({ url: origin.url("hls/master.m3u8"), subtitles: { languages: ["fr"] } });
      const resolution = await downloader.resolve(request, { folder, signal: never });
      const { subtitles, warnings } = await downloader.fetchSubtitles(request, resolution, { folder, signal: never });
      expect(warnings).toEqual([]);
      expect(subtitles).toMatchObject([{ language: "fr", automatic: false }]);
      expect(subtitles[0]?.cues.length).toBeGreaterThan(1);
    },
    limitMs,
  );
});

// By day that of direct transfers has a YouTube behind a guard, and redirects above lead to closed hosts.
describe("YouTube behind the egress guard", () => {
  let double: YouTubeDouble;
  let proxy: Server;
  beforeAll(async () => {
    double = await startYouTubeDouble();
    proxy = await refusingSponsorBlock(double.proxyUrl);
  }, limitMs);
  afterAll(async () => {
    proxy.close();
    await double.stop();
  });

  test(
    "a video is fetched through it and its upstream proxy, but not where its media lead to a closed host",
    async () => {
      await using upstream = await startEgressGuard({
        allowPrivateHosts: [],
        upstreamProxy: double.proxyUrl,
        logger: silent,
      });
      const downloader = ytDlpThrough(
        options({
          warm: true,
          proxyUrl: upstream.url,
          caFile: double.caFile,
          hostPolicy: { allowedHosts: ["youtube.com"], allowPrivateHosts: [] },
        }),
      );
      const of = async (id: string) => {
        const resolution = await downloader.resolve(DownloadRequest.parse({ url: double.url(id) }), {
          folder,
          signal: never,
        });
        return downloader.fetch(resolution, {
          folder,
          signal: never,
          onProgress: nothing,
          maxBytes: null,
          stallMs: 30_000,
        });
      };
      expect(await of("muxedOnly01")).toHaveLength(1);
      expect(await caught(of("redirectVid"))).toMatchObject({ code: "host_not_allowed" });
      downloader.close();
    },
    limitMs,
  );

  test(
    "a SponsorBlock that cannot be reached is a warning, not a failure",
    async () => {
      const { port } = proxy.address() as { port: number };
      const downloader = ytDlpThrough(
        options({
          proxyUrl: `http://127.0.0.1:${port}`,
          caFile: double.caFile,
          hostPolicy: { allowedHosts: ["youtube.com"], allowPrivateHosts: [] },
        }),
      );
      const request = DownloadRequest.parse({ url: double.url("muxedOnly01"), sponsorBlock: ["sponsor"] });
      const resolution = await downloader.resolve(request, { folder, signal: never });
      expect(resolution.warnings.map(({ code }) => code)).toEqual(["sponsorblock_failed"]);
      expect(resolution.streams).toMatchObject([{ formatId: "18" }]);
    },
    limitMs,
  );
});

/** A proxy that passes everything on to another one, and refuses SponsorBlock as the egress guard would. */
async function refusingSponsorBlock(next: string): Promise<Server> {
  const { hostname, port } = new URL(next);
  const server = createServer((client) => {
    client.on("error", () => client.destroy());
    client.once("data", (head) => {
      if (head.includes("sponsor.ajay.app")) {
        client.end("HTTP/1.1 403 Host not allowed by Vidferry\r\ncontent-length: 0\r\n\r\n");
        return;
      }
      const upstream = connect(Number(port), hostname, () => {
        upstream.write(head);
        upstream.pipe(client).pipe(upstream);
      });
      upstream.on("error", () => client.destroy());
      client.on("close", () => upstream.destroy());
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return server;
}
