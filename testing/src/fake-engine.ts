import { copyFile, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Downloader, FetchOptions, Media, MediaFile, Resolution, Transcoder } from "@vidferry/core";
import { sampleFile, sampleStream } from "./sample-media.ts";

/** Steps of a fake attempt that a test can replace; each may throw what the real one would. */
export interface FakeEngineSteps {
  resolve?: (url: string) => Promise<Partial<Media>>;
  fetch?: (options: FetchOptions) => Promise<void>;
}

/** An engine without child processes: it "downloads" a small text file. For tests of what surrounds the engine. */
export interface FakeEngine {
  readonly downloader: Downloader;
  readonly transcoder: Transcoder;
  /** How often each step ran. */
  readonly calls: { resolve: number; fetch: number; forget: number };
}

/** Makes an engine whose steps a test controls. */
export function createFakeEngine(steps: FakeEngineSteps = {}): FakeEngine {
  const calls = { resolve: 0, fetch: 0, forget: 0 };
  const downloader: Downloader = {
    probe: async (url, { signal }) => {
      signal.throwIfAborted();
      return { kind: "video", media: { ...sampleMedia, webpageUrl: url }, formats: [], subtitles: [], listUrl: null };
    },
    resolve: async (request, { signal }): Promise<Resolution> => {
      signal.throwIfAborted();
      calls.resolve += 1;
      const media = { ...sampleMedia, webpageUrl: request.url, ...(await steps.resolve?.(request.url)) };
      return {
        media,
        streams: [{ formatId: "18", hasVideo: true, hasAudio: true, bytes: 5 }],
        segments: [],
        warnings: [],
      };
    },
    fetch: async (resolution, options) => {
      calls.fetch += 1;
      await steps.fetch?.(options);
      options.signal.throwIfAborted();
      const path = join(options.folder.path, "stream-18.mp4");
      await writeFile(path, `video of ${resolution.media.webpageUrl}`);
      options.onProgress({ fraction: 1, downloadedBytes: 5, totalBytes: 5, bytesPerSecond: null, etaSeconds: 0 });
      return [{ formatId: "18", path }];
    },
    record: async (resolution, options) => {
      const [stream] = await downloader.fetch(resolution, { ...options, maxBytes: null });
      return { streams: stream === undefined ? [] : [stream], seconds: 1, bytes: 5, missingSeconds: 0, end: "over" };
    },
    forget: async () => {
      calls.forget += 1;
    },
    fetchSubtitles: async (_request, _resolution, { signal }) => {
      signal.throwIfAborted();
      return { subtitles: [], warnings: [] };
    },
    fetchThumbnail: async (_resolution, { signal }) => {
      signal.throwIfAborted();
      return null;
    },
    version: async () => "2026.10.26",
    check: async () => [],
  };
  const transcoder: Transcoder = {
    inspect: async (path, { signal }) => {
      signal.throwIfAborted();
      return await inspect(path);
    },
    rewrite: async (file, _outputBase, { signal }) => {
      signal.throwIfAborted();
      return file;
    },
    join: async (periods, _outputBase, { signal }) => {
      signal.throwIfAborted();
      const file = periods.find((period) => period.file !== null)?.file;
      if (file == null) throw new Error("there is nothing to join");
      return { file, isEncoded: false };
    },
    alignCuts: async ({ keep }, { signal }) => {
      signal.throwIfAborted();
      return keep;
    },
    isFinished: () => true,
    shape: async ({ inputs, target, outputBase }, { signal, onProgress }) => {
      signal.throwIfAborted();
      const [first] = inputs;
      if (first === undefined) throw new Error("there is nothing to shape");
      const extension = target.kind === "video" ? target.container : target.format === "best" ? "m4a" : target.format;
      const path = `${outputBase}.${extension}`;
      await copyFile(first.path, path);
      onProgress(1);
      return { ...first, path };
    },
    toPicture: async (path, outputBase, { format, signal }) => {
      signal.throwIfAborted();
      await copyFile(path, `${outputBase}.${format}`);
      return `${outputBase}.${format}`;
    },
    version: async () => "5.1.9",
    check: async () => [],
  };
  return { downloader, transcoder, calls };
}

/** Reports every file as a small video of the sample's length. */
async function inspect(path: string): Promise<MediaFile> {
  const { size: bytes } = await stat(path);
  const picture = sampleStream("video", "h264", { width: 640, height: 360, fps: 30 });
  return sampleFile([picture, sampleStream("audio", "aac")], {
    path,
    bytes,
    durationSeconds: sampleMedia.durationSeconds,
  });
}

const sampleMedia: Media = {
  extractor: "youtube",
  id: "sample00001",
  title: "A sample",
  channel: "Samples",
  durationSeconds: 20,
  webpageUrl: "https://www.youtube.com/watch?v=sample00001",
  thumbnailUrl: null,
  uploadedAt: null,
  isLive: false,
  chapters: [],
};
