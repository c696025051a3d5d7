import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { spawnSync } from "node:child_process";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { DownloadRequestInput, JobResource } from "@vidferry/core";
import { type SpeechToTextServer, startSpeechToText } from "@vidferry/testing";
import { ffprobe, type ProbedFile, type ProbedStream } from "./ffprobe.ts";
import { type Scene, setScene } from "./scene.ts";
import { nothingIsLeft, type Service, startService } from "./service.ts";

const limitMs = 150_000;
type Asked = Omit<DownloadRequestInput, "url"> & { readonly video?: string };

const small = { type: "video", quality: "144p" } as const;
const video = (rest: object = {}) => ({ output: { type: "video", ...rest } as DownloadRequestInput["output"] });
const audio = (format: string, rest: object = {}) => ({
  output: { type: "audio", format, ...rest } as DownloadRequestInput["output"],
});

/** Every job of this file; all are posted at the start, so that they run side by side. */
const asked = {
  "nothing but a link": {},
  "360p": video({ quality: "360p" }),
  worst: video({ quality: "worst" }),
  "2160p": { video: "everyFormat", ...video({ quality: "2160p" }) },
  hdr: { video: "everyFormat", ...video({ hdr: true, container: "mkv", quality: "1080p" }) },
  portrait: { video: "shortsVid01", ...video({ quality: "720p" }) },
  webm: video({ container: "webm", quality: "720p" }),
  mkv: video({ container: "mkv", quality: "480p" }),
  av1: video({ codec: "av1", quality: "720p" }),
  "30 frames a second": video({ maxFps: 30 }),
  mp3: audio("mp3", { bitrateKbps: 96 }),
  "shaped mp3": audio("mp3", { vbrQuality: 4, channels: "mono", sampleRateHz: 22_050, normalize: true }),
  m4a: audio("m4a"),
  opus: audio("opus"),
  flac: audio("flac"),
  wav: audio("wav"),
  best: audio("best"),
  subtitles: { output: small, subtitles: { languages: ["en", "fr", "xx"], formats: ["srt", "vtt", "txt"] } },
  recognised: {
    video: "asrOnlyVid1",
    output: small,
    subtitles: { languages: ["en"], formats: ["srt", "txt", "json", "md"] },
  },
  embedded: { output: small, subtitles: { languages: ["en", "de"], embed: true } },
  translated: { output: small, subtitles: { languages: ["de"], translateTo: ["ja"] } },
  transcript: { video: "transcript1", output: { type: "transcript" } },
  transcribed: {
    video: "transcript2",
    output: { type: "transcript" },
    subtitles: { transcribe: "missing", formats: ["txt"] },
  },
  clip: { video: "longVideo01", output: small, clip: { startSeconds: 60, endSeconds: 70 } },
  "exact clip": { video: "longVideo01", output: small, clip: { startSeconds: 61.5, endSeconds: 66.5, exact: true } },
  rest: { video: "longVideo01", output: small, clip: { startSeconds: 61.5, exact: true } },
  split: { output: small, chapters: "split" },
  sponsor: { output: small, sponsorBlock: ["sponsor"] },
  extras: {
    output: small,
    chapters: "drop",
    thumbnail: "embed",
    metadata: { embed: true, infoJson: true, nfo: true },
    fileName: "{channel}/{title} [{id}]",
  },
  picture: { ...audio("mp3"), thumbnail: "file", thumbnailFormat: "webp" },
  cover: { ...audio("m4a"), thumbnail: "embed" },
} as const satisfies Readonly<Record<string, Asked>>;
type Name = keyof typeof asked;

let scene: Scene;
let service: Service;
let transcriber: SpeechToTextServer;
const accepted = new Map<string, string>();
beforeAll(async () => {
  transcriber = await startSpeechToText();
  scene = await setScene({
    catalogue: {
      videos: [
        { id: "transcript1", title: "Words only", itags: [18] },
        { id: "transcript2", title: "Spoken words", itags: [18, 137, 140, 249, 251], captions: [] },
      ],
    },
    env: { WORKER_CONCURRENCY: "3", TRANSCRIBER_URL: transcriber.url },
  });
  service = await startService(scene);
  for (const [name, { video = "sampleVid01", ...rest }] of Object.entries<Asked>(asked)) {
    const job = await service.submit({ url: scene.youtube.url(video), maxAttempts: 1, ...rest });
    accepted.set(name, job.id);
  }
}, limitMs);
afterAll(async () => {
  await service?.[Symbol.asyncDispose]();
  await scene?.[Symbol.asyncDispose]();
  await transcriber?.[Symbol.asyncDispose]();
});

/** Waits for a job's success. */
async function finished(name: Name): Promise<JobResource> {
  const job = await service.finished(accepted.get(name) ?? "");
  expect([name, job.state, job.error]).toEqual([name, "succeeded", null]);
  return job;
}

/** Fetches a result; its bytes agree with the job in number. */
async function save(job: JobResource, index: number): Promise<string> {
  const artifact = job.artifacts[index];
  const bytes = new Uint8Array(await (await fetch(service.url + artifact?.url)).arrayBuffer());
  expect(bytes.byteLength).toBe(artifact?.bytes ?? -1);
  const path = join(await scene.folder(job.id), String(index));
  await writeFile(path, bytes);
  return path;
}

/** The job's first file, which ffprobe and the job must agree on. */
async function media(name: Name): Promise<ProbedFile & { readonly job: JobResource }> {
  const job = await finished(name);
  const probed = await ffprobe(await save(job, 0));
  expect(job.artifacts[0]).toMatchObject({
    videoCodec: probed.video?.codec_name ?? null,
    audioCodec: probed.audio?.codec_name ?? null,
    width: probed.video?.width ?? null,
    height: probed.video?.height ?? null,
  });
  expect(job.artifacts[0]?.durationSeconds).toBeCloseTo(probed.seconds, 1);
  return { ...probed, job };
}

const facts = ({ video, audio, formatName }: ProbedFile) => [
  formatName.split(",")[0],
  video && `${video.codec_name} ${video.width}x${video.height}@${rateOf(video)}`,
  audio?.codec_name,
];

/** ffprobe gives a fraction, which short frames make an odd one. */
function rateOf({ avg_frame_rate = "" }: ProbedStream): number {
  const [frames = 0, seconds = 1] = avg_frame_rate.split("/").map(Number);
  return Math.round(frames / seconds);
}

describe("video", () => {
  test.each([
    ["nothing but a link", "mov", "h264 1920x1080@60", "aac"],
    ["360p", "mov", "h264 640x360@30", "aac"],
    ["worst", "mov", "h264 256x144@30", "aac"],
    ["2160p", "mov", "vp9 3840x2160@60", "aac"],
    ["hdr", "matroska", "vp9 1920x1080@60", "aac"],
    ["portrait", "mov", "h264 720x1280@30", "aac"],
    ["webm", "matroska", "vp9 1280x720@60", "opus"],
    ["mkv", "matroska", "h264 854x480@30", "aac"],
    ["av1", "mov", "av1 1280x720@60", "aac"],
    ["30 frames a second", "mov", "h264 1920x1080@30", "aac"],
  ] as const)(
    "as %s comes as it was asked for",
    async (name, format, picture, sound) => {
      const file = await media(name);
      expect(facts(file)).toEqual([format, picture, sound]);
      expect(file.seconds).toBeCloseTo(12, 0);
    },
    limitMs,
  );

  test(
    "that is HDR stays HDR",
    async () => {
      const stream = (await media("hdr")).video as Readonly<Record<string, unknown>> | undefined;
      expect(stream?.["color_transfer"]).toBe("smpte2084");
    },
    limitMs,
  );

  test(
    "keeps its chapters, unless they are to be dropped",
    async () => {
      const { chapters } = await media("nothing but a link");
      expect(chapters.map(({ title, start }) => [title, Math.round(start)])).toEqual([
        ["Opening", 0],
        ["Middle", 4],
        ["End", 8],
      ]);
      expect((await media("extras")).chapters).toEqual([]);
    },
    limitMs,
  );

  test(
    "is split into a file of each chapter",
    async () => {
      const job = await finished("split");
      expect(job.artifacts.map(({ kind, fileName }) => [kind, fileName])).toEqual([
        ["video", "001 Opening - Sample video_ a tour.mp4"],
        ["video", "002 Middle - Sample video_ a tour.mp4"],
        ["video", "003 End - Sample video_ a tour.mp4"],
      ]);
      for (const index of job.artifacts.keys()) {
        const { seconds, video, audio } = await ffprobe(await save(job, index));
        expect([video?.codec_name, audio?.codec_name]).toEqual(["h264", "aac"]);
        expect(Math.abs(seconds - 4)).toBeLessThan(1.5);
      }
    },
    limitMs,
  );

  test(
    "is cut to a clip: near a key frame, or exactly",
    async () => {
      const near = await media("clip");
      expect(near.seconds).toBeGreaterThanOrEqual(9.9);
      expect(near.seconds).toBeLessThan(13);
      const exact = await media("exact clip");
      expect(Math.abs(exact.seconds - 5)).toBeLessThan(0.2);
      expect(facts(exact)).toEqual(["mov", "h264 256x144@30", "aac"]);
      const { durationSeconds } = (await finished("rest")).media ?? {};
      expect(Math.abs((await media("rest")).seconds - ((durationSeconds ?? 0) - 61.5))).toBeLessThan(0.2);
    },
    limitMs,
  );

  test(
    "loses the parts that SponsorBlock's users have marked",
    async () => {
      const { seconds } = await media("sponsor");
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
      const file = await media(name);
      expect(facts(file)).toEqual([format, undefined, codec]);
      expect(file.seconds).toBeCloseTo(12, 0);
      expect(file.job.artifacts[0]).toMatchObject({ kind: "audio", fileName: `Sample video_ a tour.${extension}` });
    },
    limitMs,
  );

  test(
    "has the bit rate that was asked for, or the source's own without encoding it anew",
    async () => {
      expect(Number((await media("mp3")).audio?.bit_rate)).toBe(96_000);
      const { job, audio } = await media("best");
      expect(job.artifacts[0]?.kind).toBe("audio");
      expect(["opus", "aac"]).toContain(audio?.codec_name ?? "");
    },
    limitMs,
  );

  test(
    "has the channels, the rate and the loudness that were asked for",
    async () => {
      const { audio, job } = await media("shaped mp3");
      expect([audio?.channels, audio?.sample_rate]).toEqual([1, "22050"]);
      const path = await save(job, 0);
      const { stderr } = spawnSync("ffmpeg", ["-i", path, "-af", "ebur128", "-f", "null", "-"], { encoding: "utf8" });
      const loudness = /I:\s+(-?[\d.]+) LUFS/.exec(stderr.slice(stderr.lastIndexOf("Summary")))?.[1];
      expect(Math.abs(Number(loudness) + 16)).toBeLessThan(1);
    },
    limitMs,
  );
});

describe("subtitles", () => {
  const textOf = async (job: JobResource, fileName: string) =>
    readFile(
      await save(
        job,
        job.artifacts.findIndex((artifact) => artifact.fileName === fileName),
      ),
      "utf8",
    );

  test(
    "come in each language and format; a language that is not there is a warning",
    async () => {
      const job = await finished("subtitles");
      const title = "Sample video_ a tour";
      expect(
        job.artifacts.slice(1).map(({ kind, fileName, language, automatic }) => [kind, fileName, language, automatic]),
      ).toEqual(
        ["en", "fr"].flatMap((language) => [
          ["subtitle", `${title}.${language}.srt`, language, false],
          ["subtitle", `${title}.${language}.vtt`, language, false],
          ["transcript", `${title}.${language}.txt`, language, false],
        ]),
      );
      expect(job.warnings).toEqual([{ code: "subtitles_missing", detail: expect.stringContaining("xx") }]);
      expect(await textOf(job, `${title}.en.srt`)).toStartWith(
        "1\n00:00:00,160 --> 00:00:02,960\nHello, this is a sample.\n",
      );
      expect(await textOf(job, `${title}.fr.vtt`)).toMatch(/^WEBVTT\n\n(1\n)?00:00:00\.160 --> 00:00:02\.960\nBonjour/);
      expect(await textOf(job, `${title}.en.txt`)).not.toContain("-->");
    },
    limitMs,
  );

  test(
    "that were recognised say each line once",
    async () => {
      const job = await finished("recognised");
      expect(job.artifacts[1]).toMatchObject({ kind: "subtitle", language: "en", automatic: true });
      for (const extension of ["srt", "txt"]) {
        const text = await textOf(job, `Recognised captions only.en.${extension}`);
        expect(text.match(/hello this is a sample/g)?.length).toBe(1);
        expect(text.match(/it has three lines/g)?.length).toBe(1);
      }
      const json = JSON.parse(await textOf(job, "Recognised captions only.en.json")) as { segments: object[] };
      expect(json).toMatchObject({ language: "en", automatic: true });
      expect(json.segments[0]).toMatchObject({ text: "hello this is a sample", words: expect.any(Array) });
      const markdown = await textOf(job, "Recognised captions only.en.md");
      expect(markdown).toMatch(
        /^# Recognised captions only\n\n\[0:00\]\(https?:\/\/\S+[?&]v=asrOnlyVid1&t=0s\) hello this/,
      );
      expect(job.artifacts.map(({ kind, contentType }) => `${kind} ${contentType}`)).toEqual(
        expect.arrayContaining(["transcript application/json", "transcript text/markdown; charset=utf-8"]),
      );
    },
    limitMs,
  );

  test(
    "are translated by the source, which is said of them",
    async () => {
      const job = await finished("translated");
      expect(job.artifacts.slice(1).map(({ language, automatic }) => [language, automatic])).toEqual([
        ["de", false],
        ["ja", true],
      ]);
      expect(await textOf(job, "Sample video_ a tour.ja.srt")).toContain("こんにちは");
    },
    limitMs,
  );

  test(
    "go into the file as well when they are to be embedded",
    async () => {
      const { streams } = await media("embedded");
      const languages = streams
        .filter(({ codec_type }) => codec_type === "subtitle")
        .map(({ tags }) => tags?.["language"]);
      expect(languages).toEqual(
        ["eng", "deu"].map((tag) => (tag === "deu" ? expect.stringMatching(/^(deu|ger)$/) : tag)),
      );
    },
    limitMs,
  );

  test(
    "alone are fetched without a byte of the media",
    async () => {
      const job = await finished("transcript");
      expect(job.artifacts.map(({ kind }) => kind).sort()).toEqual(["subtitle", "subtitle", "transcript"]);
      expect(await textOf(job, "Words only.en.txt")).toContain("Hello, this is a sample.");
      expect(scene.mediaRequests("transcript1")).toEqual([]);
    },
    limitMs,
  );

  test(
    "that have to be made of speech are made of the smallest sound, and nothing else is fetched",
    async () => {
      const job = await finished("transcribed");
      expect(job.artifacts.map(({ kind, automatic }) => [kind, automatic])).toEqual([["transcript", true]]);
      expect(job.warnings).toEqual([]);
      const { language } = job.artifacts[0] ?? {};
      expect(await textOf(job, `Spoken words.${language}.txt`)).toBe("piece 1\n");
      expect(new Set(scene.mediaRequests("transcript2").map(({ query }) => query["itag"]))).toEqual(new Set(["249"]));
    },
    limitMs,
  );
});

describe("extras", () => {
  test(
    "are written into the file, or kept beside it",
    async () => {
      const { job, tags, streams } = await media("extras");
      expect(tags).toMatchObject({ title: "Sample video: a tour", artist: "Sample Channel" });
      expect(streams.filter(({ disposition }) => disposition["attached_pic"] === 1).length).toBe(1);
      expect(job.artifacts[1]).toMatchObject({ kind: "info", contentType: "application/json" });
      const info = JSON.parse(await readFile(await save(job, 1), "utf8")) as Record<string, unknown>;
      expect(info).toMatchObject({
        ...{ id: "sampleVid01", title: "Sample video: a tour", uploader: "Sample Channel", upload_date: "20260102" },
        ...{ description: expect.stringContaining("A sample with chapters, captions and a sponsor.") },
      });
      const nfo = await readFile(await save(job, 2), "utf8");
      for (const line of [
        "<title>Sample video: a tour</title>",
        "<studio>Sample Channel</studio>",
        "<premiered>2026-01-02</premiered>",
        "<runtime>1</runtime>",
        "<plot>A sample with chapters, captions and a sponsor.",
        "<genre>Education</genre>",
        '<uniqueid type="youtube" default="true">sampleVid01</uniqueid>',
      ])
        expect(nfo).toContain(line);
      expect(nfo).toMatch(/<thumb aspect="landscape">https?:/);
      const name = "Sample Channel/Sample video_ a tour [sampleVid01]";
      expect(job.artifacts.map(({ fileName }) => fileName).sort()).toEqual(
        [".info.json", ".mp4", ".nfo"].map((extension) => name + extension),
      );
      const sent = await fetch(service.url + job.artifacts[0]?.url);
      expect(sent.headers.get("content-disposition")).toContain(`filename="${name.replace("/", "_")}.mp4"`);
      await sent.body?.cancel();

      const cover = await media("cover");
      expect(cover.streams.some(({ disposition }) => disposition["attached_pic"] === 1)).toBe(true);
      const picture = await finished("picture");
      expect(picture.artifacts[1]).toMatchObject({ kind: "thumbnail", contentType: "image/webp" });
      expect((await ffprobe(await save(picture, 1))).streams[0]?.codec_name).toBe("webp");
    },
    limitMs,
  );
});

test(
  "everything that was made on the way is cleared away",
  async () => {
    for (const name of Object.keys(asked) as Name[]) await service.finished(accepted.get(name) ?? "");
    await nothingIsLeft(scene);
  },
  limitMs,
);
