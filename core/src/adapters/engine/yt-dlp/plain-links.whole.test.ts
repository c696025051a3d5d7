import { afterAll, beforeAll, expect, test } from "bun:test";
import { spawnSync } from "node:child_process";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { ffprobe, type TempDir, tempDir } from "@vidferry/testing";
import { startTestSite, type TestSite } from "./test-site.ts";

const limitMs = 180_000;
const files: Readonly<Record<string, readonly string[]>> = {
  "clip.mp4": ["-c:v", "libx264", "-pix_fmt", "yuv420p", "-c:a", "aac"],
  "clip.mkv": ["-c:v", "libx264", "-pix_fmt", "yuv420p", "-c:a", "aac"],
  "clip.ts": ["-c:v", "libx264", "-pix_fmt", "yuv420p", "-c:a", "aac"],
  "clip.flac": ["-vn", "-c:a", "flac"],
  "clip.mp3": ["-vn", "-c:a", "libmp3lame"],
};
let dir: TempDir;
let site: TestSite;

beforeAll(async () => {
  dir = await tempDir("vidferry-plain-links");
  const inputs = ["-f", "lavfi", "-i", "testsrc2=s=96x32:r=25:d=1", "-f", "lavfi", "-i", "sine=d=1"];
  const outputs = Object.entries(files).flatMap(([name, output]) => [...output, join(dir.path, name)]);
  const { status, stderr } = spawnSync("ffmpeg", ["-nostdin", "-v", "error", ...inputs, ...outputs], {
    encoding: "utf8",
  });
  if (status !== 0) throw new Error(stderr);
  site = await startTestSite(async (request, response) => {
    // `/octet-stream/clip.mp4`
    const [, type = "", name = ""] = request.url?.split("/") ?? [];
    const bytes = await readFile(join(dir.path, name));
    const contentType = type === "plain" ? "text/plain; charset=utf-8" : "application/octet-stream";
    response.writeHead(200, { "content-type": contentType, "content-length": bytes.length }).end(bytes);
  });
}, limitMs);
afterAll(async () => {
  await site[Symbol.asyncDispose]();
  await dir[Symbol.asyncDispose]();
});

const links = Object.keys(files).flatMap((name) => [`/octet-stream/${name}`, `/plain/${name}`]);
test.each(links)(
  "a file that is served under a type that says nothing is fetched: %s",
  async (path) => {
    const folder = await site.folder();
    const isSound = /flac|mp3/.test(path);
    const request = isSound ? ({ output: { type: "audio" } } as const) : {};
    const [stream, ...others] = await site.fetch(await site.resolve(path, folder, request), folder);
    expect(others).toEqual([]);
    const { streams } = await ffprobe(stream?.path ?? "");
    expect(streams.map(({ codec_name }) => codec_name)).toEqual(
      isSound ? [path.slice(path.indexOf(".") + 1)] : ["h264", "aac"],
    );
  },
  limitMs,
);
