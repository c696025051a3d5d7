import { afterAll, beforeAll, expect, test } from "bun:test";
import { join } from "node:path";
import { readTimecode, type TempDir, tempDir, timecodeInputs, timelineFaults } from "@vidferry/testing";
import { verifyOutput } from "../../../pipeline/steps/verify.ts";
import type { Recipe, Transcoder } from "../../../pipeline/transcoder.ts";
import { installWrappers } from "./guarded-programs.ts";
import { ffmpeg, quietLogger, recipeFor, unwatched } from "./test-media.ts";
import { ffmpegTranscoder } from "./transcoder.ts";

const seconds = 12;
const range = (startSeconds: number, endSeconds: number) => ({ startSeconds, endSeconds });
let dir: TempDir;
let transcoder: Transcoder;
const at = (name: string) => join(dir.path, name);

beforeAll(async () => {
  dir = await tempDir("vidferry sound in time");
  const programs = installWrappers(at("wrappers"), { ffmpeg: "ffmpeg", ffprobe: "ffprobe" });
  transcoder = ffmpegTranscoder({ programs, logger: quietLogger });
  const picture = ["-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p", "-g", "50", "-bf", "0"];
  ffmpeg(...timecodeInputs({ seconds, size: "96x64" }), ...picture, "-c:a", "pcm_s16le", at("whole.mkv"));
  for (const [name, codec, filter] of [
    ["late.mp4", "aac", "atrim=start=4"],
    ["late.ts", "aac", "atrim=start=4"],
    ["late.mkv", "libopus", "atrim=start=4"],
    ["early.ts", "aac", "atrim=end=6"],
    ["gap.mkv", "aac", "aselect='lt(t,4)+gte(t,6)'"],
  ] as const)
    ffmpeg("-i", at("whole.mkv"), "-c:v", "copy", "-c:a", codec, "-filter:a", filter, at(name));
}, 180_000);
afterAll(() => dir[Symbol.asyncDispose]());

type Format = Extract<Recipe["target"], { kind: "audio" }>["format"];

/** What a job does with a source whose length is known. */
async function make(
  name: string,
  format: Format,
  keep: Recipe["keep"] = null,
  { normalize = false } = {},
): Promise<string> {
  const target = { kind: "audio", format, bitrateKbps: null, normalize } as const;
  const file = await transcoder.inspect(at(name), { signal: AbortSignal.timeout(30_000), expectedSeconds: seconds });
  const rest = { inputs: [file], keep };
  const recipe = await recipeFor(transcoder, [], target, at(`out-${name}-${format}-${keep === null}`), rest);
  const made = await transcoder.shape(recipe, unwatched());
  verifyOutput(recipe, made);
  return made.path;
}

const faultsOf = async (path: string, sound: { startSeconds: number; endSeconds: number }, kept = range(0, seconds)) =>
  await timelineFaults(path, [kept], { has: ["sound"], within: { sound } });

test.each([
  ["late.mp4", ["best", "mp3", "flac"]],
  ["late.ts", ["best", "wav"]],
  ["late.mkv", ["best", "m4a"]],
] as const)("all sound that begins after the picture is heard where it is in %s", async (name, formats) => {
  for (const format of formats) expect(await faultsOf(await make(name, format), range(4, seconds))).toEqual([]);
});

test.each(["mp3", "wav"] as const)("where a sound pauses a %s pauses too", async (format) => {
  const path = await make("gap.mkv", format);
  const { sound } = await readTimecode(path);
  const wrong = sound.filter(({ atSeconds: at, sourceSeconds: heard }) => {
    const isBorder = at < 0.2 || Math.abs(at - 4) < 0.2 || Math.abs(at - 6) < 0.2;
    return !isBorder && (at > 4 && at < 6 ? heard !== null : Math.abs((heard ?? 0) - at) > 0.125);
  });
  expect(wrong).toEqual([]);
  expect(sound.at(-1)?.atSeconds).toBeGreaterThan(seconds - 0.3);
});

test.each(["best", "mp3"] as const)(
  "sound of a transport stream that ends early is all there is in a %s",
  async (format) => {
    expect(await faultsOf(await make("early.ts", format), range(0, 6), range(0, 6))).toEqual([]);
    // Behind its end.
    const kept = range(8, 11);
    expect(await faultsOf(await make("early.ts", format, [kept]), range(0, 6), kept)).toEqual([]);
  },
);

test("a piece in which nothing is heard yet is as long as its range, and those behind it are where they belong", async () => {
  const keep = [range(0, 3), range(5, 7.5), range(9, seconds)];
  const within = { sound: range(4, seconds) };
  expect(await timelineFaults(await make("late.mp4", "best", keep), keep, { has: ["sound"], within })).toEqual([]);
  const inputs = [await transcoder.inspect(at("late.mp4"), { signal: AbortSignal.timeout(30_000) })];
  const target = { kind: "video", container: "mp4" } as const;
  const recipe = await recipeFor(transcoder, [], target, at("cut-video"), { inputs, keep, exact: true });
  const { path } = await transcoder.shape(recipe, unwatched());
  expect(await timelineFaults(path, keep, { within })).toEqual([]);
});

test("cuts of a sound that is normalised are where they belong", async () => {
  const keep = [range(0, 3), range(5, 7.5)];
  const path = await make("whole.mkv", "m4a", keep, { normalize: true });
  expect(await timelineFaults(path, keep, { has: ["sound"] })).toEqual([]);
});
