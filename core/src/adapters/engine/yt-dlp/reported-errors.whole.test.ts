import { afterAll, beforeAll, expect, test } from "bun:test";
import { findTools, startYouTubeDouble, type TempDir, tempDir, type YouTubeDouble } from "@vidferry/testing";
import { isAppError } from "../../../errors/app-error.ts";
import { DownloadRequest } from "../../../jobs/request.ts";
import { localWorkFolders } from "../../blobs/local-disk/index.ts";
import type { JsRuntime } from "./options.ts";
import { ytDlpThrough } from "./test-downloader.ts";

// The genuine yt-dlp on a YouTube of our own: once it reports by hooks, once its lines are read.
const limitMs = 180_000;
let double: YouTubeDouble;
let dir: TempDir;
let downloaders: Readonly<Record<"reported" | "printed", ReturnType<typeof ytDlpThrough>>>;
beforeAll(async () => {
  double = await startYouTubeDouble();
  dir = await tempDir("vidferry-reported");
  const { ytDlp, jsRuntime } = findTools();
  const [name = "", path = ""] = jsRuntime.split(/:(.*)/s);
  const options = {
    binary: ytDlp,
    jsRuntime: { name: name as JsRuntime["name"], path },
    proxyUrl: double.proxyUrl,
    caFile: double.caFile,
    ...(process.env["PATH"] === undefined ? {} : { path: process.env["PATH"] }),
  };
  downloaders = { reported: ytDlpThrough({ ...options, warm: true }), printed: ytDlpThrough(options) };
}, limitMs);
afterAll(async () => {
  for (const downloader of Object.values(downloaders)) downloader.close();
  await double.stop();
  await dir[Symbol.asyncDispose]();
});

async function failureOf(kind: "reported" | "printed", id: string) {
  const folder = await localWorkFolders({ directory: dir.path }).open(`job_${crypto.randomUUID().replaceAll("-", "")}`);
  const { signal } = new AbortController();
  const rest = { folder, signal, onProgress: () => undefined, maxBytes: null, stallMs: 30_000 };
  try {
    const request = DownloadRequest.parse({ url: double.url(id) });
    await downloaders[kind].fetch(await downloaders[kind].resolve(request, { folder, signal }), rest);
  } catch (error) {
    if (!isAppError(error)) throw error;
    const { code, message, hint } = error;
    return { code, message: message.replaceAll(/rr\d+---\S+/g, "host"), hint };
  }
  throw new Error(`${id} did not fail`);
}

const failures = [
  ["privateVid1", "video_private"],
  ["geoBlockVid", "geo_blocked"],
  ["drmProtect1", "drm_protected"],
  ["watch429Vid", "rate_limited"],
  ["media403Vid", "source_forbidden"],
  ["emptyMedia1", "source_error"],
] as const;
test.each(failures)(
  "%s fails as %s, in the same words, whether yt-dlp reports it or prints it",
  async (id, code) => {
    const [reported, printed] = await Promise.all([failureOf("reported", id), failureOf("printed", id)]);
    expect(reported).toEqual(printed);
    expect(reported.code).toBe(code);
  },
  limitMs,
);
