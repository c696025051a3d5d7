import { open, rename, stat } from "node:fs/promises";
import { basename, join } from "node:path";
import { type ComposedEngine, composeEngine } from "../../core/src/compose/index.ts";
import { AppError, type ErrorCode } from "../../core/src/errors/index.ts";
import type { Downloader, FetchOptions, Resolution, ResolveOptions } from "../../core/src/pipeline/downloader.ts";
import type { Transcoder } from "../../core/src/pipeline/transcoder.ts";
import { createFakeEngine } from "../../testing/src/fake-engine.ts";
import { isList, probeList } from "./light-lists.ts";
import { swallow } from "./poison.ts";

/*
 * A thousand runs of yt-dlp would take half an hour on a small machine and test yt-dlp itself. A chaos run tests what surrounds
 * the engine, so most jobs use this one: a real download into the real work folder, resumed from its partial file by a range
 * request, without a child process. The other jobs use the genuine engine.
 */

const marker = "engine=light";
const namePrefix = "light-";

/** Marks a URL for the light engine. */
export function lightUrl(url: string): string {
  return `${url}?${marker}`;
}

const isLight = (url: string): boolean => new URL(url).search.startsWith(`?${marker}`);

/** The name of this machine by which sources are reached through the egresses of the run, each with a budget; else directly. */
export const budgetedHost = "localhost";

type Way = Pick<ResolveOptions, "egress" | "signal">;

/** The genuine engine, with the light one for marked URLs. */
export const createMixedEngine: typeof composeEngine = (options, deps) => {
  const genuine = composeEngine(options, deps);
  return { ...genuine, downloader: mixDownloader(genuine), transcoder: mixTranscoder(genuine) };
};

function mixDownloader({ downloader }: ComposedEngine): Downloader {
  return {
    ...downloader,
    probe: (url, options) =>
      isLight(url) && isList(url)
        ? probeList(url, options, (page) => request(page, {}, options))
        : downloader.probe(url, options),
    resolve: (request, options) =>
      isLight(request.url) ? resolveLight(request.url, options) : downloader.resolve(request, options),
    fetch: (resolution, options) =>
      isLight(resolution.media.webpageUrl) ? fetchLight(resolution, options) : downloader.fetch(resolution, options),
    forget: (folder) => downloader.forget(folder).catch(() => undefined),
  };
}

function mixTranscoder({ transcoder }: ComposedEngine): Transcoder {
  const light = createFakeEngine().transcoder;
  const isLightFile = (path: string | undefined) => basename(path ?? "").startsWith(namePrefix);
  return {
    ...transcoder,
    inspect: (path, options) => (isLightFile(path) ? light : transcoder).inspect(path, options),
    alignCuts: (recipe, options) =>
      (isLightFile(recipe.inputs[0]?.path) ? light : transcoder).alignCuts(recipe, options),
    isFinished: (recipe) => (isLightFile(recipe.inputs[0]?.path) ? light : transcoder).isFinished(recipe),
  };
}

async function resolveLight(url: string, way: Way): Promise<Resolution> {
  const answer = await request(url, { method: "HEAD" }, way);
  const bytes = Number(answer.headers.get("content-length"));
  return {
    media: {
      extractor: "light",
      id: basename(new URL(url).pathname),
      title: "A light job",
      channel: null,
      durationSeconds: null,
      webpageUrl: url,
      thumbnailUrl: null,
      uploadedAt: null,
      isLive: false,
      chapters: [],
    },
    streams: [{ formatId: "0", hasVideo: true, hasAudio: true, bytes }],
    segments: [],
    warnings: [],
  };
}

async function fetchLight({ media, streams }: Resolution, options: FetchOptions) {
  const path = join(options.folder.path, `${namePrefix}0.mp4`);
  const part = `${path}.part`;
  const wanted = streams[0]?.bytes ?? 0;
  const done = await sizeOf(path);
  if (done === wanted) return [{ formatId: "0", path }];
  let have = await sizeOf(part);
  if (have < wanted) {
    const answer = await request(media.webpageUrl, { headers: have > 0 ? { range: `bytes=${have}-` } : {} }, options);
    if (answer.status === 200) have = 0;
    const file = await open(part, have === 0 ? "w" : "a");
    try {
      for await (const chunk of answer.body ?? []) {
        await file.write(chunk);
        swallow(media.webpageUrl);
        have += chunk.byteLength;
        options.onProgress({
          fraction: have / wanted,
          downloadedBytes: have,
          totalBytes: wanted,
          bytesPerSecond: null,
          etaSeconds: null,
        });
      }
    } catch (error) {
      options.signal.throwIfAborted();
      throw new AppError("network_error", "The connection broke.", { cause: error });
    } finally {
      await file.close();
    }
  }
  options.signal.throwIfAborted();
  if (have !== wanted) throw new AppError("network_error", `${have} of ${wanted} bytes came.`);
  await rename(part, path);
  return [{ formatId: "0", path }];
}

async function request(url: string, init: RequestInit, { egress, signal }: Way): Promise<Response> {
  const proxy = new URL(url).hostname === budgetedHost ? { proxy: egress.proxyUrl } : {};
  const answer = await fetch(url, { ...init, ...proxy, signal }).catch((error: unknown) => {
    signal.throwIfAborted();
    throw new AppError("network_error", "The source cannot be reached.", { cause: error });
  });
  if (answer.ok) return answer;
  throw new AppError(codeOf(answer.status), `The source answered ${answer.status}.`);
}

function codeOf(status: number): ErrorCode {
  if (status >= 500) return "source_error";
  if (status === 429) return "rate_limited";
  return status === 404 ? "video_removed" : "source_forbidden";
}

async function sizeOf(path: string): Promise<number> {
  return (await stat(path).catch(() => null))?.size ?? 0;
}
