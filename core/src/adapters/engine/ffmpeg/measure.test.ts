import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fewUnlessWhole, onlyWhole, type TempDir, tempDir } from "@vidferry/testing";
import type { Transcoder } from "../../../pipeline/transcoder.ts";
import { installWrappers } from "./guarded-programs.ts";
import { ffmpeg, quietLogger } from "./test-media.ts";
import { ffmpegTranscoder } from "./transcoder.ts";

let dir: TempDir;
let transcoder: Transcoder;
const at = (name: string) => join(dir.path, name);
const sound = (seconds: number) => ["-f", "lavfi", "-i", `sine=sample_rate=44100:duration=${seconds}`];
beforeAll(async () => {
  dir = await tempDir("vidferry-measure");
  const programs = installWrappers(at("wrappers"), { ffmpeg: "ffmpeg", ffprobe: "ffprobe" });
  transcoder = ffmpegTranscoder({ programs, logger: quietLogger });
});
afterAll(() => dir[Symbol.asyncDispose]());

const inspect = (name: string, expectedSeconds: number | null) =>
  transcoder.inspect(at(name), { signal: AbortSignal.timeout(30_000), expectedSeconds });

/** The first half of a file. */
function halve(name: string): string {
  const whole = readFileSync(at(name));
  writeFileSync(at(`half-${name}`), whole.subarray(0, whole.length / 2));
  return `half-${name}`;
}

describe("the length of a file without an index", () => {
  const counted = [
    ["a VBR MP3 without a header about itself", "vbr.mp3", ["-c:a", "libmp3lame", "-q:a", "9", "-write_xing", "0"]],
    ["packed AAC", "packed.aac", ["-c:a", "aac", "-b:a", "32k"]],
  ] as const;
  test.each(fewUnlessWhole(counted, ([, name]) => name === "vbr.mp3"))(
    "of %s is counted, not guessed",
    async (_, name, output) => {
      // Silence first, so that a guess by the first bit rate is far off.
      ffmpeg(
        ...["-f", "lavfi", "-i", "anullsrc=r=44100:d=20"],
        ...sound(10),
        ...["-filter_complex", "[0:a][1:a]concat=v=0:a=1"],
        ...output,
        at(name),
      );
      const { durationSeconds } = await inspect(name, null);
      expect(Math.abs((durationSeconds ?? 0) - 30)).toBeLessThan(0.3);
    },
  );

  const kinds = [
    ["MP3", "whole.mp3", ["-c:a", "libmp3lame"]],
    ["FLAC", "whole.flac", ["-c:a", "flac"]],
    ["WAV", "whole.wav", []],
  ] as const;
  test.each(fewUnlessWhole(kinds, ([kind]) => kind === "MP3"))(
    "of half an %s is not what its header says: it is refused",
    async (_, name, output) => {
      ffmpeg(...sound(20), ...output, at(name));
      expect((await inspect(name, 20)).durationSeconds).toBeCloseTo(20, 0);
      const refused = await inspect(halve(name), null).catch((error: unknown) => error);
      expect(refused).toMatchObject({ code: "output_invalid", message: expect.stringContaining("cut off") });
    },
  );

  test("of joined transport streams is that of all of them, and rewriting makes them one", async () => {
    const picture = ["-f", "lavfi", "-i", "testsrc2=s=64x48:r=25:d=6"];
    ffmpeg(...picture, ...sound(6), "-c:v", "libx264", "-preset", "ultrafast", "-c:a", "aac", at("part.ts"));
    const part = readFileSync(at("part.ts"));
    writeFileSync(at("joined.ts"), Buffer.concat([part, part]));
    const joined = await inspect("joined.ts", 12);
    expect(joined).toMatchObject({ isDiscontinuous: true });
    expect(Math.abs((joined.durationSeconds ?? 0) - 12)).toBeLessThan(0.3);
    const options = { signal: AbortSignal.timeout(30_000), timeoutMs: 30_000 };
    const rewritten = await transcoder.rewrite(joined, at("one"), options);
    expect(rewritten).toMatchObject({ isDiscontinuous: false, path: at("one.mkv") });
    expect(Math.abs((rewritten.durationSeconds ?? 0) - 12)).toBeLessThan(0.3);
  });

  test("of a transport stream does not say that a segment of it was cut short: the gap does", async () => {
    const picture = ["-f", "lavfi", "-i", "testsrc2=s=64x48:r=25:d=12"];
    const encoding = ["-c:v", "libx264", "-preset", "ultrafast", "-g", "50", "-bf", "2", "-c:a", "aac"];
    const cutting = ["-f", "segment", "-segment_time", "2", "-segment_format", "mpegts"];
    ffmpeg(...picture, ...sound(12), ...encoding, ...cutting, at("s%d.ts"));
    const segments = [0, 1, 2, 3, 4, 5].map((index) => readFileSync(at(`s${index}.ts`)));
    writeFileSync(at("intact.ts"), Buffer.concat(segments));
    expect((await inspect("intact.ts", 12)).missingSeconds).toBe(0);
    const third = segments[2] ?? Buffer.alloc(0);
    // Within a packet.
    segments[2] = third.subarray(0, Math.floor(third.length / 376) * 188 + 100);
    writeFileSync(at("torn.ts"), Buffer.concat(segments));
    const torn = await inspect("torn.ts", 12);
    expect(torn.durationSeconds).toBeCloseTo(12, 0);
    expect(Math.abs((torn.missingSeconds ?? 0) - 1)).toBeLessThan(0.5);
    const [, , ...rest] = segments;
    writeFileSync(at("holed.ts"), Buffer.concat([segments[0] ?? third, ...rest.slice(2)]));
    expect(Math.abs(((await inspect("holed.ts", 12)).missingSeconds ?? 0) - 6)).toBeLessThan(0.5);
  });

  const sparse: readonly [what: string, name: string, args: (seconds: number) => readonly string[]][] = [
    [
      "sound alone, of a low bit rate",
      "slow.ts",
      (seconds: number) => [...sound(seconds), "-c:a", "aac", "-b:a", "24k"],
    ],
    [
      "a picture that changes every two seconds, and sound",
      "slides.ts",
      (seconds: number) => [
        ...["-f", "lavfi", "-i", `testsrc2=s=64x48:r=1/2:d=${seconds}`, ...sound(seconds)],
        ...["-c:v", "libx264", "-preset", "ultrafast", "-c:a", "aac"],
      ],
    ],
  ];
  onlyWhole(test.each(sparse))("of a transport stream of %s shows no gaps", async (_, name, args) => {
    ffmpeg(...args(12), at(name));
    expect((await inspect(name, 12)).missingSeconds).toBe(0);
  });
});
