import { afterAll, beforeAll, expect, test } from "bun:test";
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import {
  fewUnlessWhole,
  isWhole,
  onlyWhole,
  readTimecode,
  type TempDir,
  tempDir,
  timecodeInputs,
  timelineFaults,
} from "@vidferry/testing";
import { verifyOutput } from "../../../pipeline/steps/verify.ts";
import type { Recipe, Transcoder } from "../../../pipeline/transcoder.ts";
import { installWrappers } from "./guarded-programs.ts";
import { ffmpeg, quietLogger, recipeFor, unwatched } from "./test-media.ts";
import { ffmpegTranscoder } from "./transcoder.ts";

const testWhole = onlyWhole(test);
const seconds = 12;
const range = (startSeconds: number, endSeconds: number) => ({ startSeconds, endSeconds });
let dir: TempDir;
let transcoder: Transcoder;
const at = (name: string) => join(dir.path, name);
/** Files whose sound, of the codec in the name, pauses from 4 to 5. */
const allPausing = [
  ...["aac", "libopus", "flac", "pcm_s16le", "libmp3lame", "libvorbis"].map((codec) => `pause-${codec}.mkv`),
  ...["pause-libmp3lame.mp4", "pause-aac.ts"],
];
const isAmongFew = (name: string): boolean => ["late.mp4", "pause-aac.mkv", "pause-libmp3lame.mkv"].includes(name);
const pausing = fewUnlessWhole(allPausing, isAmongFew);
const late = fewUnlessWhole(["late.mp4", "late.ts", "late.mkv"], isAmongFew);

beforeAll(async () => {
  dir = await tempDir("vidferry sound in time");
  const programs = installWrappers(at("wrappers"), { ffmpeg: "ffmpeg", ffprobe: "ffprobe" });
  transcoder = ffmpegTranscoder({ programs, logger: quietLogger });
  const picture = ["-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p", "-g", "50", "-bf", "0"];
  ffmpeg(...timecodeInputs({ seconds, size: "96x64" }), ...picture, "-c:a", "pcm_s16le", at("whole.mkv"));
  const sources = [
    ...late.map((name) => [name, name === "late.mkv" ? "libopus" : "aac", "atrim=start=4"] as const),
    ["early.ts", "aac", "atrim=end=6"],
    ...pausing.map((name) => [name, /-(.*)\./.exec(name)?.[1] ?? "", "aselect='lt(t,4)+gte(t,5)'"] as const),
    ...(isWhole ? [["whole-opus.mkv", "libopus", "anull"] as const] : []),
  ] as const;
  const outputs = sources.map(([name, codec, filter]) => [
    "-c:v",
    "copy",
    "-c:a",
    codec,
    "-filter:a",
    filter,
    at(name),
  ]);
  ffmpeg("-i", at("whole.mkv"), ...outputs.flat());
  if (!isWhole) return;
  const lossy = ["-map", "0:a", "-c", "copy", "-bsf:a", "noise=drop='eq(mod(n\\,10)\\,5)'"];
  ffmpeg("-i", at("whole-opus.mkv"), ...lossy, at("lossy.mkv"));
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

type Ranges = ReturnType<typeof range> | readonly ReturnType<typeof range>[];
const faultsOf = async (path: string, sound: Ranges, kept = range(0, seconds)) =>
  await timelineFaults(path, [kept], { has: ["sound"], within: { sound } });

const lateInto = [
  ["late.mp4", ["best", "mp3", "flac"]],
  ["late.ts", ["best", "wav"]],
  ["late.mkv", ["best", "m4a"]],
] as const;
test.each(fewUnlessWhole(lateInto, ([name]) => isAmongFew(name)))(
  "all sound that begins after the picture is heard where it is in %s",
  async (name, formats) => {
    for (const format of fewUnlessWhole<Format>(formats, (format) => format === "best"))
      expect(await faultsOf(await make(name, format), range(4, seconds))).toEqual([]);
  },
);

/** How much sound a file holds, whatever times it gives it. */
function decodedSeconds(path: string): number {
  const args = ["-v", "error", "-i", path, "-ac", "1", "-ar", "8000", "-f", "s16le", "-"];
  return spawnSync("ffmpeg", args, { maxBuffer: 1 << 26 }).stdout.length / 16_000;
}

const apart = [range(0, 4), range(5, seconds)];
const pausingInto = [
  ["pause-aac.mkv", ["mp3", "m4a", "opus", "flac", "wav"]],
  ["pause-libopus.mkv", ["best"]],
  ["pause-flac.mkv", ["best"]],
  ["pause-pcm_s16le.mkv", ["best"]],
  ["pause-libmp3lame.mkv", ["best"]],
  ["pause-libvorbis.mkv", ["best"]],
  ["pause-libmp3lame.mp4", ["best"]],
  ["pause-aac.ts", ["flac"]],
] as const;
test.each(fewUnlessWhole(pausingInto, ([name]) => isAmongFew(name)))(
  "where the sound of %s pauses for a second, what is made of it pauses too",
  async (name, formats) => {
    for (const format of fewUnlessWhole<Format>(formats, (format) => format === "best" || format === "mp3")) {
      const path = await make(name, format);
      expect(await faultsOf(path, apart)).toEqual([]);
      // It is there for decoders that pay no attention to times, too; an M4A has times.
      if (format !== "m4a") expect(Math.abs(decodedSeconds(path) - seconds)).toBeLessThan(0.2);
    }
  },
);

testWhole("a part of a sound that pauses is copied into no file that cannot say so", async () => {
  const kept = range(3, 8);
  expect(await faultsOf(await make("pause-libmp3lame.mkv", "best", [kept]), apart, kept)).toEqual([]);
});

testWhole("where a sound loses a moment now and again, what follows is not early", async () => {
  const path = await make("lossy.mkv", "best");
  expect(Math.abs(decodedSeconds(path) - seconds)).toBeLessThan(0.2);
  const { sound } = await readTimecode(path);
  const early = sound.slice(-20).flatMap(({ atSeconds, sourceSeconds }) => (sourceSeconds ?? Number.NaN) - atSeconds);
  // What the decoder makes of a loss, and where silence begins, tells no time.
  expect(Math.abs([...early].sort((one, other) => one - other)[Math.floor(early.length / 2)] ?? 1)).toBeLessThan(0.125);
});

onlyWhole(test.each(["best", "mp3"] as const))(
  "sound of a transport stream that ends early is all there is in a %s",
  async (format) => {
    expect(await faultsOf(await make("early.ts", format), range(0, 6), range(0, 6))).toEqual([]);
    if (!isWhole) return;
    // Behind its end.
    const kept = range(8, 11);
    expect(await faultsOf(await make("early.ts", format, [kept]), range(0, 6), kept)).toEqual([]);
  },
);

test("a piece in which nothing is heard yet is as long as its range, and those behind it are where they belong", async () => {
  const keep = [range(0, 3), range(5, 7.5), range(9, seconds)];
  const within = { sound: range(4, seconds) };
  expect(await timelineFaults(await make("late.mp4", "best", keep), keep, { has: ["sound"], within })).toEqual([]);
  if (!isWhole) return;
  const inputs = [await transcoder.inspect(at("late.mp4"), { signal: AbortSignal.timeout(30_000) })];
  const target = { kind: "video", container: "mp4" } as const;
  const recipe = await recipeFor(transcoder, [], target, at("cut-video"), { inputs, keep, exact: true });
  const { path } = await transcoder.shape(recipe, unwatched());
  expect(await timelineFaults(path, keep, { within })).toEqual([]);
});

testWhole("cuts of a sound that is normalised are where they belong", async () => {
  const keep = [range(0, 3), range(5, 7.5)];
  const path = await make("whole.mkv", "m4a", keep, { normalize: true });
  expect(await timelineFaults(path, keep, { has: ["sound"] })).toEqual([]);
});
