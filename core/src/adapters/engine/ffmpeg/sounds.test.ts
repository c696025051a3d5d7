import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { fewUnlessWhole, isWhole, onlyWhole, pitchOf, type TempDir, tempDir } from "@vidferry/testing";
import type { MediaFile, Recipe, Transcoder } from "../../../pipeline/transcoder.ts";
import { installWrappers } from "./guarded-programs.ts";
import { ffmpeg, probe, quietLogger, recipeFor, unwatched } from "./test-media.ts";
import { ffmpegTranscoder } from "./transcoder.ts";

const seconds = 4;
const testWhole = onlyWhole(test);
let dir: TempDir;
let transcoder: Transcoder;
const at = (name: string) => join(dir.path, name);
const tone = (hertz: number) => ["-f", "lavfi", "-i", `sine=frequency=${hertz}:sample_rate=48000:duration=${seconds}`];

beforeAll(async () => {
  dir = await tempDir("vidferry sounds");
  const programs = installWrappers(at("wrappers"), { ffmpeg: "ffmpeg", ffprobe: "ffprobe" });
  transcoder = ffmpegTranscoder({ programs, logger: quietLogger });
  const picture = ["-f", "lavfi", "-i", `testsrc2=size=64x32:rate=10:duration=${seconds}`];
  const h264 = ["-map", "0", "-c:v", "libx264", "-preset", "ultrafast", "-g", "10", "-pix_fmt", "yuv420p"];
  const names = ["-metadata:s:a:0", "language=eng", "-metadata:s:a:1", "language=ger"];
  // By one run: FFmpeg takes longer to start than to encode a short file.
  ffmpeg(
    ...[...picture, ...tone(440), ...tone(1760)],
    ...[...h264, at("picture.mp4")],
    ...["-map", "1", "-c:a", "aac", "-movflags", "+faststart", at("en.m4a")],
    ...["-map", "2", "-c:a", "libopus", at("de.webm")],
    ...[...h264, "-map", "1", "-map", "2", "-c:a", "aac", ...names, at("tracks.mkv")],
    // Six channels of which only one is loud, and one channel.
    ...["-map", "1", "-af", "pan=5.1|c2=c0", "-c:a", "flac", at("surround.flac")],
    ...["-map", "1", "-af", "volume=-20dB", "-c:a", "flac", at("mono.flac")],
    ...["-map", "1", "-c:a", "ac3", at("dolby.mka")],
    ...["-map", "0", "-frames:v", "1", at("cover.jpg")],
  );
}, 180_000);
afterAll(() => dir[Symbol.asyncDispose]());

/** When there is sound, in tenths of a second. */
function loudTenths(path: string): readonly number[] {
  const args = ["-v", "error", "-i", path, "-ac", "1", "-ar", "8000", "-f", "s16le", "-"];
  const { stdout } = spawnSync("ffmpeg", args, { maxBuffer: 1 << 26 });
  const samples = new Int16Array(stdout.buffer, stdout.byteOffset, stdout.byteLength >> 1);
  const tenths = Array.from({ length: Math.round(samples.length / 800) }, (_, index) => index);
  return tenths.filter((tenth) =>
    samples.subarray(tenth * 800, tenth * 800 + 800).some((sample) => Math.abs(sample) > 1_000),
  );
}

let count = 0;
async function make(
  inputs: readonly string[],
  target: Recipe["target"],
  rest: Partial<Recipe> & { readonly languages?: readonly string[] } = {},
): Promise<MediaFile> {
  const { languages = [], ...others } = rest;
  const wanted = await recipeFor(transcoder, inputs.map(at), target, at(`out ${++count}`), others);
  const named = wanted.inputs.map((file, index) => ({
    ...file,
    streams: file.streams.map((stream) => ({ ...stream, language: languages[index] ?? stream.language })),
  }));
  const recipe = { ...wanted, inputs: named };
  const keep = await transcoder.alignCuts(recipe, { signal: AbortSignal.timeout(30_000) });
  return await transcoder.shape({ ...recipe, keep }, unwatched());
}
const sounds = (path: string) => probe(path).streams.filter(({ codec_type }) => codec_type === "audio");

const loudness = (path: string) => {
  const args = ["-hide_banner", "-i", path, "-af", "ebur128", "-f", "null", "-"];
  const { stderr } = spawnSync("ffmpeg", args, { encoding: "utf8" });
  return Number(/I:\s+(-?[\d.]+) LUFS/.exec(stderr.slice(stderr.lastIndexOf("Summary")))?.[1]);
};

test.each(fewUnlessWhole(["best", "flac"] as const, (format) => format === "best"))(
  "a clip of FLAC as %s says how long it is, and passes its own check",
  async (format) => {
    const keep = [{ startSeconds: 1, endSeconds: 3 }];
    const target = { kind: "audio", format, bitrateKbps: null, normalize: false } as const;
    const { path } = await make(["mono.flac"], target, { keep });
    expect(path).toEndWith(".flac");
    expect(Number(probe(path).format.duration)).toBeCloseTo(2, 1);
    // With the checksum of the whole the decoder would find none of this right.
    expect(spawnSync("ffmpeg", ["-v", "warning", "-i", path, "-f", "null", "-"], { encoding: "utf8" }).stderr).toBe("");
  },
);

describe("several sounds", () => {
  const languages = ["und", "en", "de"];
  const clip = { keep: [{ startSeconds: 1, endSeconds: 3 }] };
  const two = {
    keep: [
      { startSeconds: 0, endSeconds: 1 },
      { startSeconds: 2, endSeconds: 4 },
    ],
  };
  const wishes = [
    ["mp4", {}, ["aac", "aac"]],
    ["mkv", {}, ["aac", "opus"]],
    ["webm", {}, ["opus", "opus"]],
    ["mp4", { ...clip, exact: true }, ["aac", "aac"]],
    ["mkv", clip, ["aac", "opus"]],
    ["mkv", two, ["aac", "opus"]],
    ["mp4", { ...two, exact: true }, ["aac", "aac"]],
  ] as const;
  // Copied in parts: each with what is copied of it, and encoded where it cannot be.
  test.each(fewUnlessWhole(wishes, (wish) => wishes.indexOf(wish) === 5))(
    "are tracks of one %s with their languages, the first to be played: %#",
    async (container, rest, codecs) => {
      const inputs = ["picture.mp4", "en.m4a", "de.webm"];
      const { path } = await make(inputs, { kind: "video", container }, { ...rest, languages, audioLanguage: "all" });
      expect(sounds(path).map(({ codec_name }) => codec_name)).toEqual([...codecs]);
      expect(sounds(path).map(({ tags }) => tags?.["language"])).toEqual(
        ["eng", "deu"].map((tag) => expect.stringContaining(tag.slice(0, 1))),
      );
      expect(sounds(path).map(({ disposition }) => disposition["default"])).toEqual([1, 0]);
      expect(Math.abs(pitchOf(path, 0) - 440)).toBeLessThan(10);
      expect(Math.abs(pitchOf(path, 1) - 1760)).toBeLessThan(20);
    },
  );

  const spoken = [
    ["de", 1760],
    ["fr", 440],
    ["original", 440],
  ] as const;
  test.each(fewUnlessWhole(spoken, ([language]) => language === "de"))(
    "of one file: the one in %s is taken",
    async (audioLanguage, hertz) => {
      const { path } = await make(["tracks.mkv"], { kind: "video", container: "mp4" }, { audioLanguage });
      expect(sounds(path)).toHaveLength(1);
      expect(Math.abs(pitchOf(path, 0) - hertz)).toBeLessThan(20);
    },
  );
});

describe("encoded sound", () => {
  const mp3 = { kind: "audio", format: "mp3", bitrateKbps: null, normalize: false } as const;
  const wished = [
    ["surround.flac", { channels: 1 }, 1, 48_000],
    ["mono.flac", { channels: 2, sampleRateHz: 44_100 }, 2, 44_100],
    ["surround.flac", { vbrQuality: 0 }, 2, 48_000],
  ] as const;
  onlyWhole(test.each(wished))("of %s has the wished channels and rate: %j", async (input, wishes, channels, rate) => {
    const { path, streams } = await make([input], { ...mp3, ...wishes });
    expect(streams[0]?.channels).toBe(channels);
    expect(sounds(path)[0]).toMatchObject({ sample_rate: String(rate) });
  });

  const loud = [
    ["surround.flac", "flac", {}, 6],
    ["surround.flac", "mp3", {}, 2],
    ["mono.flac", "flac", {}, 1],
    ["surround.flac", "wav", { channels: 1 as const }, 1],
  ] as const;
  test.each(fewUnlessWhole(loud, ([, format]) => format === "mp3"))(
    "of %s as %s with %j is normalised with its channels",
    async (input, format, wishes, channels) => {
      const target = { kind: "audio", format, bitrateKbps: null, normalize: true, ...wishes } as const;
      const { path, streams } = await make([input], target);
      expect(streams[0]?.channels).toBe(channels);
      expect(Math.abs(loudness(path) + 16)).toBeLessThan(1);
    },
  );
});

testWhole("sound that is normalised keeps its sample rate, where it is not to have another", async () => {
  ffmpeg("-i", at("mono.flac"), "-ar", "44100", at("records.flac"));
  const shaped = async (wishes: { readonly sampleRateHz?: number }) => {
    const target = { kind: "audio", format: "flac", bitrateKbps: null, normalize: true, ...wishes } as const;
    return sounds((await make(["records.flac"], target)).path)[0];
  };
  expect(await shaped({})).toMatchObject({ sample_rate: "44100" });
  expect(await shaped({ sampleRateHz: 48_000 })).toMatchObject({ sample_rate: "48000" });
});

describe("chapters and covers in sound", () => {
  const chapters = [
    { title: "One", startSeconds: 0, endSeconds: 1.5 },
    { title: "Two = 2", startSeconds: 1.5, endSeconds: 4 },
  ];
  const files = [
    ["m4a", "en.m4a", 2, true],
    ["mp3", "en.m4a", 2, true],
    ["opus", "de.webm", 2, true],
    ["flac", "en.m4a", 2, true],
    ["wav", "en.m4a", 0, false],
  ] as const;
  test.each(fewUnlessWhole(files, ([format]) => format === "mp3"))(
    "as %s from %s: %p chapters, a cover: %p",
    async (format, input, found, hasCover) => {
      const target = { kind: "audio", format, bitrateKbps: null, normalize: false } as const;
      const made = await make([input], target, { chapters, cover: at("cover.jpg") });
      expect(made.chapterCount).toBe(found);
      expect(made.streams.some(({ attachedPicture }) => attachedPicture)).toBe(hasCover);
      const read = probe(made.path).chapters.map(({ start_time, tags }) => [tags["title"], Number(start_time)]);
      expect(read).toEqual(
        found === 0
          ? []
          : [
              ["One", 0],
              ["Two = 2", expect.closeTo(1.5, 1)],
            ],
      );
    },
  );

  testWhole("are there in Matroska, as sound is kept that no other file takes", async () => {
    const target = { kind: "audio", format: "best", bitrateKbps: null, normalize: false } as const;
    const made = await make(["dolby.mka"], target, { chapters, cover: at("cover.jpg") });
    expect(made.path).toEndWith(".mka");
    expect(made.chapterCount).toBe(2);
    expect(made.streams.some(({ attachedPicture }) => attachedPicture)).toBe(true);
  });
});

describe("a sound on the timeline of its source", () => {
  const target = { kind: "audio", format: "mp3", bitrateKbps: 64, normalize: false } as const;
  const spoken = { ...target, channels: 1, sampleRateHz: 16_000, isOnTimeline: true } as const;
  const range = (startSeconds: number, endSeconds: number) => ({ keep: [{ startSeconds, endSeconds }], exact: true });
  /** The first and the last tenth with sound, and the length. */
  const heard = async (inputs: readonly string[], rest: Partial<Recipe>) => {
    const { path, durationSeconds } = await make(inputs, spoken, rest);
    const loud = loudTenths(path);
    return [loud[0] ?? null, loud.at(-1) ?? null, Math.round(durationSeconds ?? 0)];
  };
  const near = (tenth: number) => expect.closeTo(tenth, -1);

  beforeAll(() => {
    // Two seconds of sound beside four of the picture: in the middle of them, in one file and in two that share a clock.
    const late = ["-itsoffset", "1", "-f", "lavfi", "-i", "sine=frequency=440:sample_rate=48000:duration=2"];
    const both = ["-map", "0:v", "-map", "1:a", "-c:v", "copy", "-c:a", "aac"];
    if (isWhole) ffmpeg("-i", at("picture.mp4"), ...late, ...both, at("late.mkv"));
    const transport = ["-muxdelay", "0", "-muxpreload", "0", "-output_ts_offset", "10", "-f", "mpegts"];
    ffmpeg("-i", at("picture.mp4"), "-c:v", "copy", ...transport, at("picture.ts"));
    ffmpeg(...late, "-c:a", "aac", ...transport, at("late.ts"));
  }, 180_000);

  const sources = [
    ["one file", ["late.mkv"]],
    ["files that begin apart", ["picture.ts", "late.ts"]],
  ] as const;
  test.each(fewUnlessWhole(sources, ([name]) => name !== "one file"))(
    "is silent where there is none yet, or none any more, in %s",
    async (_, inputs) => {
      expect(await heard(inputs, range(0, seconds))).toEqual([near(10), near(29), seconds]);
      if (!isWhole) return;
      expect(await heard(inputs, range(2, seconds))).toEqual([near(0), near(9), 2]);
      expect(await heard(inputs, range(3.5, seconds))).toEqual([null, null, 1]);
    },
  );
});
