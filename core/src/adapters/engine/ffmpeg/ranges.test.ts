import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import {
  fewUnlessWhole,
  isWhole,
  onlyWhole,
  type TempDir,
  tempDir,
  timecodeInputs,
  timelineFaults,
} from "@vidferry/testing";
import type { MediaFile, Recipe, Transcoder } from "../../../pipeline/transcoder.ts";
import { installWrappers } from "./guarded-programs.ts";
import { ffmpeg, quietLogger, recipeFor, unwatched } from "./test-media.ts";
import { ffmpegTranscoder } from "./transcoder.ts";

const testWhole = onlyWhole(test);
const seconds = 12;
const range = (startSeconds: number, endSeconds: number) => ({ startSeconds, endSeconds });
/** Sources whose exact cuts stand for those of the others. */
const few = ["variable.mp4"];
const cuts = [range(0, 3), range(5, 7.5), range(9, seconds)];
let dir: TempDir;
let transcoder: Transcoder;
const at = (name: string) => join(dir.path, name);

beforeAll(async () => {
  dir = await tempDir("vidferry ranges");
  const programs = installWrappers(at("wrappers"), { ffmpeg: "ffmpeg", ffprobe: "ffprobe" });
  transcoder = ffmpegTranscoder({ programs, logger: quietLogger });
  const inputs = timecodeInputs({ seconds, size: "96x64" });
  const groups = ["-g", "50", "-keyint_min", "50", "-sc_threshold", "0"];
  const picture = ["-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p", ...groups];
  // All by one run: FFmpeg takes longer to start, and to make its input, than to encode a short file.
  const outputs: string[] = [];
  const make = (name: string, ...options: string[]) => outputs.push(...picture, "-c:a", "aac", ...options, at(name));
  make("variable.mp4", "-vf", "select='not(between(mod(n,20),5,8))'", "-fps_mode", "vfr");
  // Two frames, each of which is shown for half of the time.
  make("slides.mp4", "-vf", "select='eq(n,0)+eq(n,150)'", "-fps_mode", "vfr");
  make("reordered.mp4", "-bf", "3");
  make("early-picture.mkv", "-filter:v", "trim=end=8", "-bf", "0");
  if (isWhole) {
    make("early-sound.mp4", "-filter:a", "atrim=end=8", "-bf", "0");
    make("late-sound.mkv", "-filter:a", "atrim=start=0.6", "-bf", "0");
    make("mute.mp4", "-an", "-bf", "0");
    make("lying.mp4", "-bf", "0");
  }
  ffmpeg(...inputs, ...outputs);
  const keyed = [...picture, "-g", "500", "-force_key_frames", "2,7,9,11", "-c:a", "aac"];
  ffmpeg(...timecodeInputs({ seconds: seconds + 3, startSeconds: -3, size: "96x64" }), ...keyed, at("early.mp4"));
  // A copy begins at a key frame, a second before what it shows.
  ffmpeg("-ss", "3", "-i", at("early.mp4"), "-c", "copy", at("hidden-beginning.mp4"));
  if (!isWhole) return;
  ffmpeg("-i", at("lying.mp4"), "-c", "copy", "-metadata:s:v", "rotate=90", at("turned.mp4"));
  const halves = ["96x64", "192x128"].map((size, index) => {
    const half = timecodeInputs({ seconds: 6, startSeconds: 6 * index, size });
    const clock = ["-output_ts_offset", String(6 * index), "-muxdelay", "0", "-muxpreload", "0"];
    ffmpeg(...half, ...picture, "-c:a", "aac", ...clock, at(`half-${index}.ts`));
    return readFile(at(`half-${index}.ts`));
  });
  await writeFile(at("sizes.ts"), Buffer.concat(await Promise.all(halves)));
}, 180_000);
afterAll(() => dir[Symbol.asyncDispose]());

const video = (container: "mp4" | "mkv" | "webm") => ({ kind: "video", container }) as const;
const audio = (format: "best" | "mp3") => ({ kind: "audio", format, bitrateKbps: null, normalize: false }) as const;

let count = 0;
async function make(name: string, target: Recipe["target"], rest: Partial<Recipe> = {}): Promise<MediaFile> {
  const recipe = await recipeFor(transcoder, [at(name)], target, at(`out ${++count}`), rest);
  const keep = await transcoder.alignCuts(recipe, { signal: AbortSignal.timeout(30_000) });
  return await transcoder.shape({ ...recipe, keep }, unwatched());
}

describe("exact cuts take exactly as long as their ranges", () => {
  const sources = [
    ["when the frame rate varies", "variable.mp4", { held: 0.16 }],
    ["when the picture ends before one of them", "early-picture.mkv", { within: { picture: range(0, 8) } }],
    ["when the sound ends before one of them", "early-sound.mp4", { within: { sound: range(0, 8) } }],
    ["when there is no sound", "mute.mp4", { has: ["picture" as const] }],
  ] as const;
  test.each(fewUnlessWhole(sources, ([, name]) => few.includes(name)))("%s", async (_, name, judgedBy) => {
    for (const container of fewUnlessWhole(["mp4", "mkv"] as const, (container) => container === "mp4")) {
      const { path } = await make(name, video(container), { keep: cuts, exact: true });
      expect(await timelineFaults(path, cuts, judgedBy)).toEqual([]);
    }
  });

  test("and show until their first frame what was shown when they begin", async () => {
    const keep = [range(1, 2), range(8, 10)];
    const { path } = await make("slides.mp4", video("mp4"), { keep, exact: true });
    expect(await timelineFaults(path, keep, { held: 6 })).toEqual([]);
  });
});

test("a part behind the end of the picture shows its last frame", async () => {
  const keep = [range(9, seconds)];
  for (const container of fewUnlessWhole(["mkv", "webm"] as const, (container) => container === "mkv")) {
    const { path, streams } = await make("early-picture.mkv", video(container), { keep, exact: true });
    expect(await timelineFaults(path, keep, { within: { picture: range(0, 8) } })).toEqual([]);
    expect(streams.map(({ kind }) => kind)).toEqual(["video", "audio"]);
  }
});

// That of sound in time has sound that ends early, or begins late, and is cut.
onlyWhole(test.each(["best", "mp3"] as const))(
  "of sound that ends early a part behind its end is silent as %s",
  async (format) => {
    const keep = [range(9, seconds)];
    const made = await make("early-sound.mp4", audio(format), { keep });
    expect(made.durationSeconds).toBeCloseTo(3, 1);
    expect(await timelineFaults(made.path, keep, { has: ["sound"], within: { sound: range(0, 8) } })).toEqual([]);
    expect((await make("early-sound.mp4", audio(format))).durationSeconds).toBeCloseTo(8, 1);
  },
);

const lateCuts = [
  ["several cuts", cuts],
  ["a clip", [range(0.2, 7.5)]],
  ["a cut behind its start", [range(2, 4), range(5, 7.5)]],
] as const;
onlyWhole(test.each(lateCuts))("sound that begins later than the picture lies where it did: %s", async (_, keep) => {
  for (const format of ["best", "mp3"] as const) {
    const made = await make("late-sound.mkv", audio(format), { keep });
    const within = { sound: range(0.6, seconds) };
    expect(await timelineFaults(made.path, keep, { has: ["sound"], within })).toEqual([]);
  }
});

testWhole("exact cuts of a source whose picture changes its size are of the first size", async () => {
  const { path, streams } = await make("sizes.ts", video("mp4"), { keep: cuts, exact: true });
  expect(streams[0]).toMatchObject({ width: 96, height: 64 });
  expect(await timelineFaults(path, cuts, { joints: [6] })).toEqual([]);
});

const hidden = [
  ["mkv", null],
  ["mp4", [range(0, 5)]],
  ["mkv", [range(0, 3), range(5, 7.5)]],
  // From before the first key frame that is shown.
  ["mp4", [range(2, 5)]],
] as const;
test.each(hidden)("what a source hides before its beginning shows in no result: %s of %j", async (container, keep) => {
  const { path } = await make("hidden-beginning.mp4", video(container), { keep });
  const shown = keep?.[0].startSeconds === 2 ? [range(0, 5)] : (keep ?? [range(0, seconds)]);
  expect(await timelineFaults(path, shown)).toEqual([]);
});

describe("copied cuts", () => {
  const kept = [range(0, 3), range(4, 7.5), range(8, seconds)];

  const copied = [
    ["keep time and sync when frames are stored out of order", "reordered.mp4"],
    ["leave a turned picture turned", "turned.mp4"],
  ] as const;
  test.each(fewUnlessWhole(copied, ([, name]) => name === "reordered.mp4"))("%s", async (_, name) => {
    const isTurned = name === "turned.mp4";
    for (const container of fewUnlessWhole(["mp4", "mkv"] as const, (container) => container === "mp4")) {
      if (isTurned && container === "mkv") continue;
      const { path, streams } = await make(name, video(container), { keep: cuts });
      // What is turned cannot be read, but tells by its sound.
      expect(await timelineFaults(path, kept, { isReadable: !isTurned })).toEqual([]);
      expect(streams[0]?.rotation).toBe(isTurned ? 270 : 0);
    }
  });
});
