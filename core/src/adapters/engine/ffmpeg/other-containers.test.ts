import { afterAll, beforeAll, expect, test } from "bun:test";
import { join } from "node:path";
import { fewUnlessWhole, type TempDir, tempDir } from "@vidferry/testing";
import type { Transcoder } from "../../../pipeline/transcoder.ts";
import { installWrappers } from "./guarded-programs.ts";
import { ffmpeg, quietLogger, recipeFor, unwatched } from "./test-media.ts";
import { ffmpegTranscoder } from "./transcoder.ts";

const seconds = 2;
const sound = ["-f", "lavfi", "-i", `sine=sample_rate=48000:duration=${seconds}`];
const picture = ["-f", "lavfi", "-i", `testsrc2=size=64x32:rate=25:duration=${seconds}`];

let dir: TempDir;
let transcoder: Transcoder;
beforeAll(async () => {
  dir = await tempDir("vidferry containers");
  const programs = installWrappers(join(dir.path, "wrappers"), { ffmpeg: "ffmpeg", ffprobe: "ffprobe" });
  transcoder = ffmpegTranscoder({ programs, logger: quietLogger });
});
afterAll(() => dir[Symbol.asyncDispose]());

const videos = [
  ["mpg", [...picture, ...sound, "-c:v", "mpeg2video", "-c:a", "mp2"]],
  ["wmv", [...picture, ...sound, "-c:v", "wmv2", "-c:a", "wmav2"]],
] as const;
test.each(fewUnlessWhole(videos, ([extension]) => extension === "wmv"))(
  "a link to a %s file gives a video that plays everywhere",
  async (extension, options) => {
    const source = join(dir.path, `source.${extension}`);
    ffmpeg(...options, source);
    const target = { kind: "video", container: "mp4" } as const;
    const { streams, durationSeconds } = await transcoder.shape(
      await recipeFor(transcoder, [source], target, join(dir.path, `from-${extension}`)),
      unwatched(),
    );
    expect(streams.map(({ codec }) => codec)).toEqual(["h264", "aac"]);
    expect(durationSeconds).toBeCloseTo(seconds, 0);
  },
);

const sounds = [
  ["aiff", ["-c:a", "pcm_s24be"], "pcm_s24le"],
  ["caf", ["-c:a", "pcm_f32be"], "pcm_f32le"],
  ["ac3", [], "pcm_s16le"],
  ["eac3", [], "pcm_s16le"],
  ["wma", [], "pcm_s16le"],
] as const;
test.each(fewUnlessWhole(sounds, ([extension]) => extension === "caf"))(
  "a link to a sound in %s gives WAV of as many bits",
  async (extension, options, codec) => {
    const source = join(dir.path, `source.${extension}`);
    ffmpeg(...sound, ...options, source);
    const target = { kind: "audio", format: "wav", bitrateKbps: null, normalize: false } as const;
    const { streams, durationSeconds } = await transcoder.shape(
      await recipeFor(transcoder, [source], target, join(dir.path, `from-${extension}`)),
      unwatched(),
    );
    expect(streams.map((stream) => stream.codec)).toEqual([codec]);
    expect(durationSeconds).toBeCloseTo(seconds, 0);
  },
);
