import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { type Asked, type AskedJobs, askJobs, audio, facts, small, video } from "./asked-jobs.ts";
import { ffprobe } from "./ffprobe.ts";
import { nothingIsLeft } from "./service.ts";

const limitMs = 150_000;

/** What options.test.ts does not ask for. */
const asked = {
  "360p": video({ quality: "360p" }),
  worst: video({ quality: "worst" }),
  "2160p": { video: "everyFormat", ...video({ quality: "2160p" }) },
  portrait: { video: "shortsVid01", ...video({ quality: "720p" }) },
  mkv: video({ container: "mkv", quality: "480p" }),
  av1: video({ codec: "av1", quality: "720p" }),
  "30 frames a second": video({ maxFps: 30 }),
  mp3: audio("mp3", { bitrateKbps: 96 }),
  m4a: audio("m4a"),
  opus: audio("opus"),
  flac: audio("flac"),
  wav: audio("wav"),
  clip: { video: "longVideo01", output: small, clip: { startSeconds: 60, endSeconds: 70 } },
  "exact clip": { video: "longVideo01", output: small, clip: { startSeconds: 61.5, endSeconds: 66.5, exact: true } },
  rest: { video: "longVideo01", output: small, clip: { startSeconds: 61.5, exact: true } },
  split: { output: small, chapters: "split" },
  sponsor: { output: small, sponsorBlock: ["sponsor"] },
  picture: { ...audio("mp3"), thumbnail: "file", thumbnailFormat: "webp" },
  cover: { ...audio("m4a"), thumbnail: "embed" },
} as const satisfies Readonly<Record<string, Asked>>;

let jobs: AskedJobs<keyof typeof asked>;
beforeAll(async () => {
  jobs = await askJobs(asked);
}, limitMs);
afterAll(() => jobs?.[Symbol.asyncDispose]());

describe("video", () => {
  test.each([
    ["360p", "mov", "h264 640x360@30", "aac"],
    ["worst", "mov", "h264 256x144@30", "aac"],
    ["2160p", "mov", "vp9 3840x2160@60", "aac"],
    ["portrait", "mov", "h264 720x1280@30", "aac"],
    ["mkv", "matroska", "h264 854x480@30", "aac"],
    ["av1", "mov", "av1 1280x720@60", "aac"],
    ["30 frames a second", "mov", "h264 1920x1080@30", "aac"],
  ] as const)(
    "as %s comes as it was asked for",
    async (name, format, picture, sound) => {
      const file = await jobs.media(name);
      expect(facts(file)).toEqual([format, picture, sound]);
      expect(file.seconds).toBeCloseTo(12, 0);
    },
    limitMs,
  );

  test(
    "is split into a file of each chapter",
    async () => {
      const job = await jobs.finished("split");
      expect(job.artifacts.map(({ kind, fileName }) => [kind, fileName])).toEqual([
        ["video", "001 Opening - Sample video_ a tour.mp4"],
        ["video", "002 Middle - Sample video_ a tour.mp4"],
        ["video", "003 End - Sample video_ a tour.mp4"],
      ]);
      for (const index of job.artifacts.keys()) {
        const { seconds, video, audio } = await ffprobe(await jobs.save(job, index));
        expect([video?.codec_name, audio?.codec_name]).toEqual(["h264", "aac"]);
        expect(Math.abs(seconds - 4)).toBeLessThan(1.5);
      }
    },
    limitMs,
  );

  test(
    "is cut to a clip: near a key frame, or exactly",
    async () => {
      const near = await jobs.media("clip");
      expect(near.seconds).toBeGreaterThanOrEqual(9.9);
      expect(near.seconds).toBeLessThan(13);
      const exact = await jobs.media("exact clip");
      expect(Math.abs(exact.seconds - 5)).toBeLessThan(0.2);
      expect(facts(exact)).toEqual(["mov", "h264 256x144@30", "aac"]);
      const { durationSeconds } = (await jobs.finished("rest")).media ?? {};
      expect(Math.abs((await jobs.media("rest")).seconds - ((durationSeconds ?? 0) - 61.5))).toBeLessThan(0.2);
    },
    limitMs,
  );

  test(
    "loses the parts that SponsorBlock's users have marked",
    async () => {
      const { seconds } = await jobs.media("sponsor");
      expect(Math.abs(seconds - 10)).toBeLessThan(1.2);
    },
    limitMs,
  );
});

describe("audio", () => {
  test.each([
    ["mp3", "mp3", "mp3", "mp3"],
    ["m4a", "mov", "aac", "m4a"],
    ["opus", "ogg", "opus", "opus"],
    ["flac", "flac", "flac", "flac"],
    ["wav", "wav", "pcm_s16le", "wav"],
  ] as const)(
    "as %s comes as it was asked for, without a picture",
    async (name, format, codec, extension) => {
      const file = await jobs.media(name);
      expect(facts(file)).toEqual([format, undefined, codec]);
      expect(file.seconds).toBeCloseTo(12, 0);
      expect(file.job.artifacts[0]).toMatchObject({ kind: "audio", fileName: `Sample video_ a tour.${extension}` });
    },
    limitMs,
  );

  test(
    "has the bit rate that was asked for",
    async () => {
      expect(Number((await jobs.media("mp3")).audio?.bit_rate)).toBe(96_000);
    },
    limitMs,
  );
});

test(
  "a picture is put into the sound, or kept beside it",
  async () => {
    const cover = await jobs.media("cover");
    expect(cover.streams.some(({ disposition }) => disposition["attached_pic"] === 1)).toBe(true);
    const picture = await jobs.finished("picture");
    expect(picture.artifacts[1]).toMatchObject({ kind: "thumbnail", contentType: "image/webp" });
    expect((await ffprobe(await jobs.save(picture, 1))).streams[0]?.codec_name).toBe("webp");
  },
  limitMs,
);

test(
  "everything that was made on the way is cleared away",
  async () => {
    await jobs.allFinished();
    await nothingIsLeft(jobs.scene);
  },
  limitMs,
);
