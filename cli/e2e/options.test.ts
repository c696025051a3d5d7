import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { spawnSync } from "node:child_process";
import { readFile } from "node:fs/promises";
import { type Asked, type AskedJobs, askJobs, audio, facts, small, video } from "./asked-jobs.ts";
import { nothingIsLeft } from "./service.ts";

const limitMs = 150_000;

/** Every job of this file; all are posted at the start, so that they run side by side. */
const asked = {
  "nothing but a link": {},
  hdr: { video: "everyFormat", ...video({ hdr: true, container: "mkv", quality: "1080p" }) },
  webm: video({ container: "webm", quality: "720p" }),
  "shaped mp3": audio("mp3", { vbrQuality: 4, channels: "mono", sampleRateHz: 22_050, normalize: true }),
  best: audio("best"),
  subtitles: {
    output: small,
    subtitles: { languages: ["en", "fr", "xx"], formats: ["srt", "vtt", "txt"], embed: true },
  },
  recognised: {
    video: "asrOnlyVid1",
    output: { type: "transcript" },
    subtitles: { languages: ["en"], formats: ["srt", "txt", "json", "md"] },
  },
  translated: {
    output: { type: "transcript" },
    subtitles: { languages: ["de"], translateTo: ["ja"], formats: ["srt"] },
  },
  transcript: { video: "transcript1", output: { type: "transcript" } },
  transcribed: {
    video: "transcript2",
    output: { type: "transcript" },
    subtitles: { transcribe: "missing", formats: ["txt"] },
  },
  extras: {
    output: small,
    chapters: "drop",
    thumbnail: "embed",
    metadata: { embed: true, infoJson: true, nfo: true },
    fileName: "{channel}/{title} [{id}]",
  },
} as const satisfies Readonly<Record<string, Asked>>;

let jobs: AskedJobs<keyof typeof asked>;
beforeAll(async () => {
  jobs = await askJobs(asked);
}, limitMs);
afterAll(() => jobs?.[Symbol.asyncDispose]());

describe("video", () => {
  test.each([
    ["nothing but a link", "mov", "h264 1920x1080@60", "aac"],
    ["hdr", "matroska", "vp9 1920x1080@60", "aac"],
    ["webm", "matroska", "vp9 1280x720@60", "opus"],
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
    "that is HDR stays HDR",
    async () => {
      const stream = (await jobs.media("hdr")).video as Readonly<Record<string, unknown>> | undefined;
      expect(stream?.["color_transfer"]).toBe("smpte2084");
    },
    limitMs,
  );

  test(
    "keeps its chapters, unless they are to be dropped",
    async () => {
      const { chapters } = await jobs.media("nothing but a link");
      expect(chapters.map(({ title, start }) => [title, Math.round(start)])).toEqual([
        ["Opening", 0],
        ["Middle", 4],
        ["End", 8],
      ]);
      expect((await jobs.media("extras")).chapters).toEqual([]);
    },
    limitMs,
  );
});

describe("audio", () => {
  test(
    "is the source's own without encoding it anew, when that is the best",
    async () => {
      const { job, audio } = await jobs.media("best");
      expect(job.artifacts[0]?.kind).toBe("audio");
      expect(["opus", "aac"]).toContain(audio?.codec_name ?? "");
    },
    limitMs,
  );

  test(
    "has the channels, the rate and the loudness that were asked for",
    async () => {
      const { audio, job } = await jobs.media("shaped mp3");
      expect([audio?.channels, audio?.sample_rate]).toEqual([1, "22050"]);
      const path = await jobs.save(job, 0);
      const { stderr } = spawnSync("ffmpeg", ["-i", path, "-af", "ebur128", "-f", "null", "-"], { encoding: "utf8" });
      const loudness = /I:\s+(-?[\d.]+) LUFS/.exec(stderr.slice(stderr.lastIndexOf("Summary")))?.[1];
      expect(Math.abs(Number(loudness) + 16)).toBeLessThan(1);
    },
    limitMs,
  );
});

describe("subtitles", () => {
  test(
    "come in each language and format; a language that is not there is a warning",
    async () => {
      const job = await jobs.finished("subtitles");
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
      expect(await jobs.textOf(job, `${title}.en.srt`)).toStartWith(
        "1\n00:00:00,160 --> 00:00:02,960\nHello, this is a sample.\n",
      );
      expect(await jobs.textOf(job, `${title}.fr.vtt`)).toMatch(
        /^WEBVTT\n\n(1\n)?00:00:00\.160 --> 00:00:02\.960\nBonjour/,
      );
      expect(await jobs.textOf(job, `${title}.en.txt`)).not.toContain("-->");
    },
    limitMs,
  );

  test(
    "that were recognised say each line once",
    async () => {
      const job = await jobs.finished("recognised");
      expect(job.artifacts[0]).toMatchObject({ kind: "subtitle", language: "en", automatic: true });
      for (const extension of ["srt", "txt"]) {
        const text = await jobs.textOf(job, `Recognised captions only.en.${extension}`);
        expect(text.match(/hello this is a sample/g)?.length).toBe(1);
        expect(text.match(/it has three lines/g)?.length).toBe(1);
      }
      const json = JSON.parse(await jobs.textOf(job, "Recognised captions only.en.json")) as { segments: object[] };
      expect(json).toMatchObject({ language: "en", automatic: true });
      expect(json.segments[0]).toMatchObject({ text: "hello this is a sample", words: expect.any(Array) });
      const markdown = await jobs.textOf(job, "Recognised captions only.en.md");
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
      const job = await jobs.finished("translated");
      expect(job.artifacts.map(({ language, automatic }) => [language, automatic])).toEqual([
        ["de", false],
        ["ja", true],
      ]);
      expect(await jobs.textOf(job, "Sample video_ a tour.ja.srt")).toContain("こんにちは");
    },
    limitMs,
  );

  test(
    "go into the file as well when they are to be embedded",
    async () => {
      const { streams } = await jobs.media("subtitles");
      const languages = streams
        .filter(({ codec_type }) => codec_type === "subtitle")
        .map(({ tags }) => tags?.["language"]);
      expect(languages).toEqual(["eng", expect.stringMatching(/^(fra|fre)$/)]);
    },
    limitMs,
  );

  test(
    "alone are fetched without a byte of the media",
    async () => {
      const job = await jobs.finished("transcript");
      expect(job.artifacts.map(({ kind }) => kind).sort()).toEqual(["subtitle", "subtitle", "transcript"]);
      expect(await jobs.textOf(job, "Words only.en.txt")).toContain("Hello, this is a sample.");
      expect(jobs.scene.mediaRequests("transcript1")).toEqual([]);
    },
    limitMs,
  );

  test(
    "that have to be made of speech are made of the smallest sound, and nothing else is fetched",
    async () => {
      const job = await jobs.finished("transcribed");
      expect(job.artifacts.map(({ kind, automatic }) => [kind, automatic])).toEqual([["transcript", true]]);
      expect(job.warnings).toEqual([]);
      const { language } = job.artifacts[0] ?? {};
      expect(await jobs.textOf(job, `Spoken words.${language}.txt`)).toBe("piece 1\n");
      expect(new Set(jobs.scene.mediaRequests("transcript2").map(({ query }) => query["itag"]))).toEqual(
        new Set(["249"]),
      );
    },
    limitMs,
  );
});

describe("extras", () => {
  test(
    "are written into the file, or kept beside it",
    async () => {
      const { job, tags, streams } = await jobs.media("extras");
      expect(tags).toMatchObject({ title: "Sample video: a tour", artist: "Sample Channel" });
      expect(streams.filter(({ disposition }) => disposition["attached_pic"] === 1).length).toBe(1);
      expect(job.artifacts[1]).toMatchObject({ kind: "info", contentType: "application/json" });
      const info = JSON.parse(await readFile(await jobs.save(job, 1), "utf8")) as Record<string, unknown>;
      expect(info).toMatchObject({
        ...{ id: "sampleVid01", title: "Sample video: a tour", uploader: "Sample Channel", upload_date: "20260102" },
        ...{ description: expect.stringContaining("A sample with chapters, captions and a sponsor.") },
      });
      const nfo = await readFile(await jobs.save(job, 2), "utf8");
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
      const sent = await fetch(jobs.service.url + job.artifacts[0]?.url);
      expect(sent.headers.get("content-disposition")).toContain(`filename="${name.replace("/", "_")}.mp4"`);
      await sent.body?.cancel();
    },
    limitMs,
  );
});

test(
  "everything that was made on the way is cleared away",
  async () => {
    await jobs.allFinished();
    await nothingIsLeft(jobs.scene);
  },
  limitMs,
);
