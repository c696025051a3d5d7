import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { join } from "node:path";
import {
  fewUnlessWhole,
  onlyWhole,
  pictureInput,
  soundInput,
  type TempDir,
  tempDir,
  timelineFaults,
} from "@vidferry/testing";
import type { MediaPeriod, Transcoder } from "../../../pipeline/transcoder.ts";
import { installWrappers } from "./guarded-programs.ts";
import { ffmpeg, quietLogger } from "./test-media.ts";
import { ffmpegTranscoder } from "./transcoder.ts";

const limitMs = 180_000;
const testWhole = onlyWhole(test);
let dir: TempDir;
let transcoder: Transcoder;
const at = (name: string) => join(dir.path, name);

beforeAll(async () => {
  dir = await tempDir("vidferry it's joined");
  const programs = installWrappers(at("wrappers"), { ffmpeg: "ffmpeg", ffprobe: "ffprobe" });
  transcoder = ffmpegTranscoder({ programs, logger: quietLogger });
}, limitMs);
afterAll(() => dir[Symbol.asyncDispose]());

const h264 = ["-c:v", "libx264", "-preset", "ultrafast", "-g", "25", "-bf", "2", "-pix_fmt", "yuv420p"];
const aac = ["-c:a", "aac", "-b:a", "96k"];
/** Their times are those of the clock, as in a stream. */
const fragments = [
  ...["-movflags", "+frag_keyframe+empty_moov+default_base_moof+frag_discont+negative_cts_offsets"],
  ...["-use_editlist", "0"],
];

interface Wishes {
  /** Times of the source that it shows. */
  readonly from: number;
  readonly to: number;
  /** Its place on the timeline. Default: `from`. */
  readonly start?: number;
  readonly seconds?: number | null;
  /** Its timestamps begin here. */
  readonly clock?: number;
  readonly offset?: number;
  readonly size?: string;
  readonly fps?: number;
  readonly codec?: readonly string[];
}

let count = 0;
async function period(kind: "picture" | "sound", wishes: Wishes): Promise<MediaPeriod> {
  const { from, to, start = from, seconds = to - from, clock = 0, offset = clock, codec, ...look } = wishes;
  const input = kind === "picture" ? pictureInput : soundInput;
  const own = codec ?? [...(kind === "picture" ? h264 : aac), ...fragments];
  const isWebm = own.includes("libvpx-vp9") || own.includes("libopus");
  const path = at(`part ${++count}.${isWebm ? "webm" : "mp4"}`);
  ffmpeg(
    ...input({ seconds: to - from, startSeconds: from, ...look }),
    ...own,
    "-output_ts_offset",
    String(clock),
    path,
  );
  const file = await transcoder.inspect(path, { signal: new AbortController().signal, isPart: true });
  return { file, startSeconds: start, seconds, offsetSeconds: offset };
}
const nothing = (startSeconds: number, seconds: number): MediaPeriod => ({
  file: null,
  startSeconds,
  seconds,
  offsetSeconds: 0,
});

const joined = (periods: readonly MediaPeriod[]) =>
  transcoder.join(periods, at(`joined ${++count}`), { signal: new AbortController().signal, timeoutMs: limitMs });
const all = (endSeconds: number) => [{ startSeconds: 0, endSeconds }];

const vp9 = ["-c:v", "libvpx-vp9", "-deadline", "realtime", "-cpu-used", "8", "-b:v", "300k", "-g", "25"];
const opus = ["-c:a", "libopus"];
/** Each is the timecode from 0 to 6 seconds. */
const cases: readonly [name: string, kind: "picture" | "sound", isEncoded: boolean, parts: readonly Wishes[]][] = [
  [
    "pictures alike",
    "picture",
    false,
    [
      { from: 0, to: 2 },
      { from: 2, to: 4, clock: 30 },
      { from: 4, to: 6, clock: 4 },
    ],
  ],
  [
    "sounds alike",
    "sound",
    false,
    [
      { from: 0, to: 2, clock: 90 },
      { from: 2, to: 4 },
      { from: 4, to: 6 },
    ],
  ],
  [
    "media longer than its period",
    "picture",
    false,
    [
      { from: 0, to: 5, start: 0, seconds: 3 },
      { from: 3, to: 6 },
    ],
  ],
  [
    "pictures of other sizes and rates",
    "picture",
    true,
    [
      { from: 0, to: 2, fps: 20, size: "192x64" },
      { from: 2, to: 6 },
    ],
  ],
  [
    "pictures of other codecs",
    "picture",
    true,
    [
      { from: 0, to: 4 },
      { from: 4, to: 6, codec: vp9 },
    ],
  ],
  [
    "sounds of other rates",
    "sound",
    true,
    [
      { from: 0, to: 4 },
      { from: 4, to: 6, codec: [...aac, "-ar", "22050", "-ac", "2"] },
    ],
  ],
  [
    "media that starts before its period and ends after it",
    "sound",
    true,
    [
      { from: 0, to: 4, start: 0, seconds: 3 },
      { from: 2, to: 6, start: 3, seconds: 3, clock: 9, offset: 10, codec: opus },
    ],
  ],
];

describe("periods on one timeline", () => {
  // What is encoded is so by what is silent below, too.
  test.each(fewUnlessWhole(cases, ([name]) => name === "pictures alike"))(
    "%s",
    async (_, kind, isEncoded, parts) => {
      const periods = await Promise.all(parts.map((part) => period(kind, part)));
      const result = await joined(periods);
      expect(await timelineFaults(result.file.path, all(6), { has: [kind], joints: [2, 3, 4] })).toEqual([]);
      expect(result.isEncoded).toBe(isEncoded);
    },
    limitMs,
  );

  test(
    "a period that has no sound is silent, and the next begins where it belongs",
    async () => {
      const { file, isEncoded } = await joined([
        nothing(0, 1.5),
        await period("sound", { from: 1.5, to: 4, clock: 4 }),
        await period("sound", { from: 4, to: 6 }),
      ]);
      expect(isEncoded).toBe(true);
      expect(
        await timelineFaults(file.path, all(6), {
          has: ["sound"],
          within: { sound: { startSeconds: 1.5, endSeconds: 6 } },
        }),
      ).toEqual([]);
    },
    limitMs,
  );

  testWhole(
    "sound that begins late in a period does so in the result",
    async () => {
      const late = { from: 0.6, to: 3, start: 0, clock: 10.6, offset: 10, seconds: 3 };
      const { file, isEncoded } = await joined([
        await period("sound", late),
        await period("sound", { from: 3, to: 6 }),
      ]);
      expect(isEncoded).toBe(false);
      expect(Math.abs(file.startSeconds - 0.6)).toBeLessThan(0.05);
    },
    limitMs,
  );

  test(
    "what would lose its colours is refused",
    async () => {
      const hdr = ["-c:v", "libvpx-vp9", "-deadline", "realtime", "-cpu-used", "8", "-profile:v", "2"];
      const pq = ["-pix_fmt", "yuv420p10le", "-color_primaries", "bt2020", "-color_trc", "smpte2084"];
      const parts = [
        await period("picture", { from: 0, to: 0.4, codec: [...hdr, ...pq] }),
        await period("picture", { from: 0.4, to: 0.8 }),
      ];
      await expect(joined(parts)).rejects.toMatchObject({ code: "format_unavailable" });
    },
    limitMs,
  );
});
