import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { spawnSync } from "node:child_process";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fewUnlessWhole, onlyWhole, type TempDir, tempDir } from "@vidferry/testing";
import type { Recipe, Transcoder } from "../../../pipeline/transcoder.ts";
import { installWrappers } from "./guarded-programs.ts";
import { ffmpeg, probe, quietLogger, recipeFor, unwatched } from "./test-media.ts";
import { ffmpegTranscoder } from "./transcoder.ts";

const testWhole = onlyWhole(test);
let dir: TempDir;
let transcoder: Transcoder;
const at = (name: string) => join(dir.path, name);
const source = (filter: string) => ["-f", "lavfi", "-i", `${filter}:r=10:d=2`];
const pq = ["-color_primaries", "bt2020", "-color_trc", "smpte2084", "-colorspace", "bt2020nc"];
const vp9 = ["-c:v", "libvpx-vp9", "-deadline", "realtime", "-cpu-used", "8", "-b:v", "200k"];

beforeAll(async () => {
  dir = await tempDir("vidferry pictures");
  const programs = installWrappers(at("wrappers"), { ffmpeg: "ffmpeg", ffprobe: "ffprobe" });
  transcoder = ffmpegTranscoder({ programs, logger: quietLogger });
  // White on the left as it is stored.
  const halves = "color=c=black:s=96x64:r=10:d=2,drawbox=w=48:c=white:t=fill";
  ffmpeg("-f", "lavfi", "-i", halves, "-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p", at("flat.mp4"));
  ffmpeg("-i", at("flat.mp4"), "-c", "copy", "-metadata:s:v", "rotate=90", "-movflags", "+faststart", at("turned.mp4"));
  ffmpeg(...source("testsrc2=s=97x65"), "-c:v", "libvpx", "-b:v", "200k", "-pix_fmt", "yuv420p", at("odd.webm"));
  ffmpeg(...source("testsrc2=s=64x32"), ...vp9, "-profile:v", "2", "-pix_fmt", "yuv420p10le", ...pq, at("hdr.webm"));
}, 180_000);
afterAll(() => dir[Symbol.asyncDispose]());

let count = 0;
async function make(input: string, container: "mp4" | "mkv" | "webm", rest: Partial<Recipe> = {}, hdr = false) {
  const target = { kind: "video", container, hdr } as const;
  const recipe = await recipeFor(transcoder, [at(input)], target, at(`out ${++count}`), rest);
  return await transcoder.shape(recipe, unwatched());
}

/** Average brightness of the four quarters of the first picture as a player shows it: left above, right above, left below, right below. */
function quarters(path: string): number[] {
  const args = [
    "-v",
    "error",
    "-i",
    path,
    "-frames:v",
    "1",
    "-vf",
    "scale=2:2:flags=area,format=gray",
    "-f",
    "rawvideo",
    "-",
  ];
  return [...spawnSync("ffmpeg", args).stdout];
}

describe("pictures", () => {
  test.each(fewUnlessWhole(["mp4", "mkv", "webm"] as const, (container) => container === "mp4"))(
    "that are turned stand upright in %s, and the file says their size as shown",
    async (container) => {
      const made = await make("turned.mp4", container);
      const [picture] = made.streams;
      expect([picture?.width, picture?.height]).toEqual([64, 96]);
      expect(quarters(made.path).map((brightness) => brightness > 128)).toEqual(
        quarters(at("turned.mp4")).map((brightness) => brightness > 128),
      );
      expect(
        new Set(
          quarters(made.path)
            .slice(0, 2)
            .map((brightness) => brightness > 128),
        ).size,
      ).toBe(1);
    },
  );

  test("of odd sizes become H.264 with a line less", async () => {
    const { streams } = await make("odd.webm", "mp4");
    expect(streams[0]).toMatchObject({ codec: "h264", width: 96, height: 64, pixelFormat: "yuv420p" });
  });

  const named = [
    ["mp4", "vp9"],
    ["mkv", "av1"],
    ["webm", "av1"],
    ["mp4", "h264"],
  ] as const;
  test.each(fewUnlessWhole(named, ([container]) => container === "mkv"))(
    "that are cut exactly in %s are of the codec that was asked for by name: %s",
    async (container, codec) => {
      const target = { kind: "video", container, codec } as const;
      const cut = { keep: [{ startSeconds: 0.5, endSeconds: 1.5 }], exact: true };
      const recipe = await recipeFor(transcoder, [at("flat.mp4")], target, at(`named ${container} ${codec}`), cut);
      const { streams } = await transcoder.shape(recipe, unwatched());
      expect(streams[0]?.codec).toBe(codec);
    },
  );

  testWhole("are encoded beside a cover, which is not", async () => {
    ffmpeg("-i", at("flat.mp4"), "-frames:v", "1", at("cover.jpg"));
    const { streams } = await make("odd.webm", "mp4", { cover: at("cover.jpg") });
    expect(streams.map(({ codec, attachedPicture }) => [codec, attachedPicture])).toEqual([
      ["h264", false],
      ["mjpeg", true],
    ]);
  });
});

describe("a high dynamic range", () => {
  const exact = { keep: [{ startSeconds: 0.5, endSeconds: 1.5 }], exact: true };
  const kept = [
    ["mp4", exact, "hevc"],
    ["mkv", exact, "hevc"],
    ["webm", exact, "vp9"],
    ["mp4", {}, "vp9"],
  ] as const;
  test.each(fewUnlessWhole(kept, ([container, , codec]) => container === "mp4" && codec === "hevc"))(
    "is kept with its ten bits and tags in %s: %#",
    async (container, rest, codec) => {
      const { path, streams } = await make("hdr.webm", container, rest, true);
      expect(streams[0]).toMatchObject({ codec, pixelFormat: "yuv420p10le", isHdr: true });
      expect(probe(path).streams[0]).toMatchObject({
        color_transfer: "smpte2084",
        color_primaries: "bt2020",
        color_space: "bt2020nc",
      });
      if (codec === "hevc" && container === "mp4") expect(streams[0]?.codecTag).toBe("hvc1");
    },
  );

  testWhole("has captions as bright as white on ordinary screens, not as bright as it can be", async () => {
    const night = "color=c=black:s=320x180";
    ffmpeg(...source(night), ...vp9, "-profile:v", "2", "-pix_fmt", "yuv420p10le", ...pq, at("night.webm"));
    const burnIn = at("captions.vtt");
    await writeFile(burnIn, "WEBVTT\n\n00:00.000 --> 00:02.000\nWWWW WWWW\n");
    const { path } = await make("night.webm", "webm", { burnIn }, true);
    const args = ["-v", "error", "-i", path, "-frames:v", "1", "-pix_fmt", "yuv420p10le", "-f", "rawvideo", "-"];
    const { stdout } = spawnSync("ffmpeg", args, { maxBuffer: 1 << 24 });
    const brightest = Math.max(...Array.from({ length: 320 * 180 }, (_, index) => stdout.readUInt16LE(2 * index)));
    expect(brightest).toBeGreaterThan(400);
    expect(brightest).toBeLessThan(650);
  });

  const ordinary = [
    ["mp4", "h264"],
    ["webm", "vp9"],
  ] as const;
  test.each(fewUnlessWhole(ordinary, ([container]) => container === "mp4"))(
    "becomes that of ordinary screens in %s when it was not asked for",
    async (container, codec) => {
      const { path, streams } = await make("hdr.webm", container);
      expect(streams[0]).toMatchObject({ codec, pixelFormat: "yuv420p", isHdr: false });
      expect(probe(path).streams[0]).toMatchObject({ color_transfer: "bt709" });
    },
  );
});
