import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { readFile } from "node:fs/promises";
import type { DownloadRequestInput, JobResource } from "@vidferry/core";
import { captionFaults, timecodeInputs, timelineFaults } from "@vidferry/testing";
import { ffprobe } from "../ffprobe.ts";
import { type Scene, setScene } from "../scene.ts";
import { type Service, startService } from "../service.ts";
import { ffmpeg, h264, saveFile } from "./media-scene.ts";

const limitMs = 180_000;
const seconds = 24;
const videoId = "timecodeVid";
const range = (startSeconds: number, endSeconds: number) => ({ startSeconds, endSeconds });
const subtitles = { languages: ["en"], formats: ["vtt" as const], embed: true };

/** Key frames are 5 s apart, chapters begin at 0, 7 and 18. */
const asked = {
  marked: { sponsorBlock: { remove: ["sponsor"], mark: ["intro"] }, subtitles },
  split: { chapters: "split", subtitles },
  "split without segments": {
    chapters: "split",
    clip: { ...range(1, 23), exact: true },
    sponsorBlock: { remove: ["sponsor"], mark: ["intro"] },
    subtitles,
  },
  clips: {
    clip: [
      { ...range(18, 21), exact: true },
      { ...range(7, 12), exact: false },
    ],
    subtitles,
  },
} satisfies Record<string, Partial<DownloadRequestInput>>;
type Name = keyof typeof asked;
type Artifact = JobResource["artifacts"][number];

let scene: Scene;
let service: Service;
const accepted = new Map<Name, string>();

beforeAll(async () => {
  scene = await setScene();
  const folder = await scene.folder("timecode");
  const path = `${folder}/timecode.mp4`;
  ffmpeg(...timecodeInputs({ seconds }), ...h264({ keyFrameSeconds: 5 }), "-c:a", "aac", path);
  const cues = Array.from({ length: seconds }, (_, second) => ({
    startMs: second * 1_000,
    endMs: second * 1_000 + 950,
    text: `sec ${second}`,
  }));
  scene.youtube.addVideo({
    id: videoId,
    title: "Timecode",
    challenge: "none",
    media: { seconds, files: { 18: path } },
    captions: [{ language: "en", cues }],
    chapters: [
      { startSeconds: 0, title: "One" },
      { startSeconds: 7, title: "Two" },
      { startSeconds: 18, title: "Three" },
    ],
    sponsorSegments: [
      { ...range(3, 6), category: "sponsor" },
      { ...range(12, 17), category: "sponsor" },
      { ...range(20, 22), category: "intro" },
    ],
  });
  service = await startService(scene, { WORKER_CONCURRENCY: "2" });
  for (const name of Object.keys(asked) as Name[]) {
    const { id } = await service.submit({ url: scene.youtube.url(videoId), ...asked[name] });
    accepted.set(name, id);
  }
}, limitMs);
afterAll(async () => {
  await service?.[Symbol.asyncDispose]();
  await scene?.[Symbol.asyncDispose]();
});

async function done(name: Name): Promise<JobResource> {
  const job = await service.finished(accepted.get(name) ?? "");
  expect(job).toMatchObject({ state: "succeeded", error: null });
  return job;
}

/** What is wrong with a result: picture, sound, and captions beside it and inside it. Empty: nothing. */
async function faultsOf(media: Artifact, captions: Artifact, kept: readonly ReturnType<typeof range>[]) {
  const path = await saveFile(service, scene, media);
  ffmpeg("-i", path, "-map", "0:s:0", `${path}.srt`);
  const texts = [`${path}.srt`, await saveFile(service, scene, captions)];
  return {
    path,
    faults: [
      ...(await timelineFaults(path, kept)),
      ...(await Promise.all(texts.map(async (text) => captionFaults(await readFile(text, "utf8"), kept)))).flat(),
    ],
  };
}
const partNames = ["001 One - Timecode", "002 Two - Timecode", "003 Three - Timecode"];
const ofKind = ({ artifacts }: JobResource, kind: string) => artifacts.filter((artifact) => artifact.kind === kind);
const chaptersOf = async (path: string) =>
  (await ffprobe(path)).chapters.map(({ title, start }) => `${title} ${start.toFixed(1)}`);

test(
  "segments that are marked are chapters among those of the video, where others are cut out",
  async () => {
    const job = await done("marked");
    const [media, captions] = [ofKind(job, "video")[0], ofKind(job, "subtitle")[0]];
    if (!media || !captions) throw new Error("a file is missing");
    const { path, faults } = await faultsOf(media, captions, [range(0, 3), range(5, 12), range(15, 24)]);
    expect(faults).toEqual([]);
    expect(await chaptersOf(path)).toEqual(["One 0.0", "Two 5.0", "Three 13.0", "intro 15.0", "Three 17.0"]);
  },
  limitMs,
);

describe("several results of one video", () => {
  test.each<[Name, ReturnType<typeof range>[], string[]]>([
    ["split", [range(0, 7), range(5, 18), range(15, 24)], partNames],
    ["clips", [range(18, 21), range(5, 12)], ["001 - Timecode", "002 - Timecode"]],
  ])(
    "%s: each has a name, a picture, sound and captions of its own",
    async (name, kept, names) => {
      const job = await done(name);
      const [media, captions] = [ofKind(job, "video"), ofKind(job, "subtitle")];
      expect(media.map(({ fileName }) => fileName)).toEqual(names.map((one) => `${one}.mp4`));
      expect(captions.map(({ fileName }) => fileName)).toEqual(names.map((one) => `${one}.en.vtt`));
      for (const [index, part] of kept.entries()) {
        const [file, text] = [media[index], captions[index]];
        if (!file || !text) throw new Error("a file is missing");
        expect((await faultsOf(file, text, [part])).faults).toEqual([]);
      }
    },
    limitMs,
  );

  test(
    "chapters of a clip, without segments: each keeps what is left, and marks what is marked",
    async () => {
      const job = await done("split without segments");
      const [media, captions] = [ofKind(job, "video"), ofKind(job, "subtitle")];
      expect(media.map(({ fileName }) => fileName)).toEqual(partNames.map((one) => `${one}.mp4`));
      const kept = [[range(1, 3), range(6, 7)], [range(7, 12), range(17, 18)], [range(18, 23)]];
      const chapters = [["One 0.0"], ["Two 0.0"], ["Three 0.0", "intro 2.0", "Three 4.0"]];
      for (const [index, ranges] of kept.entries()) {
        const [file, text] = [media[index], captions[index]];
        if (!file || !text) throw new Error("a file is missing");
        const { path, faults } = await faultsOf(file, text, ranges);
        expect(faults).toEqual([]);
        expect(await chaptersOf(path)).toEqual(chapters[index] ?? []);
      }
    },
    limitMs,
  );

  test("a clip behind the end is named, and nothing is fetched", async () => {
    const before = scene.mediaRequests(videoId).length;
    const clip = [range(0, 2), range(60, 70)];
    const job = await service.run({ url: scene.youtube.url(videoId), clip });
    expect(job.error).toMatchObject({
      code: "format_unavailable",
      detail: "Clip 2 starts at 60 s, but the video ends at 24 s.",
    });
    expect(scene.mediaRequests(videoId)).toHaveLength(before);
  });
});
