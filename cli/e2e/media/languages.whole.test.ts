import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import type { DownloadRequestInput, JobResource } from "@vidferry/core";
import { pitchOf } from "@vidferry/testing";
import { ffprobe } from "../ffprobe.ts";
import { type Scene, setScene } from "../scene.ts";
import { type Service, startService } from "../service.ts";
import { ffmpeg, h264, saveFile } from "./media-scene.ts";

const limitMs = 150_000;
const seconds = 4;
/** What each language of the video sounds like. */
const hertz = { "en-US": 440, de: 880, iw: 1_760 } as const;
type Language = keyof typeof hertz;

const spoken = (audioLanguage: string): Partial<DownloadRequestInput> => ({ output: { type: "video", audioLanguage } });
const asked = {
  "nothing is wished": {},
  original: spoken("original"),
  "a language": spoken("de"),
  "a language under its new name": spoken("he"),
  "a language that is missing": spoken("fr"),
  all: spoken("all"),
  "all in WebM": { output: { type: "video", audioLanguage: "all", container: "webm" } },
  "sound alone": { output: { type: "audio", format: "m4a", audioLanguage: "de" } },
} satisfies Record<string, Partial<DownloadRequestInput>>;
type Name = keyof typeof asked;

/** What is asked for, the sounds that come of it in order, and the warnings. */
const rows: readonly [Name, string[], string[]][] = [
  ["nothing is wished", ["eng en-US default"], []],
  ["original", ["eng en-US default"], []],
  ["a language", ["deu de default"], []],
  ["a language under its new name", ["heb iw default"], []],
  ["a language that is missing", ["eng en-US default"], ["audio_language_missing"]],
  ["all", ["eng en-US default", "deu de", "heb iw"], []],
  ["all in WebM", ["eng en-US default", "deu de", "heb iw"], []],
  ["sound alone", ["deu de default"], []],
];

let scene: Scene;
let service: Service;
const accepted = new Map<Name, string>();
beforeAll(async () => {
  scene = await setScene();
  const folder = await scene.folder("sounds");
  const picture = `${folder}/picture.mp4`;
  ffmpeg("-f", "lavfi", "-i", `testsrc2=size=96x32:rate=25:duration=${seconds}`, ...h264(), picture);
  const soundOf = (language: Language) => `${folder}/${language}.m4a`;
  for (const language of Object.keys(hertz) as Language[])
    ffmpeg(
      "-f",
      "lavfi",
      "-i",
      `sine=frequency=${hertz[language]}:duration=${seconds}`,
      "-c:a",
      "aac",
      soundOf(language),
    );
  scene.youtube.addVideo({
    id: "threeSounds",
    challenge: "none",
    captions: [],
    media: { seconds, files: { 134: picture, 140: soundOf("en-US") } },
    // As for a visitor from Germany, for whom the dub plays.
    audioTracks: [
      { language: "de", isDefault: true, files: { 140: soundOf("de") } },
      { language: "en-US", isOriginal: true, isDefault: false, files: { 140: soundOf("en-US") } },
      { language: "iw", files: { 140: soundOf("iw") } },
    ],
  });
  service = await startService(scene, { WORKER_CONCURRENCY: "2" });
  for (const [name] of rows) {
    const { id } = await service.submit({ url: scene.youtube.url("threeSounds"), maxAttempts: 1, ...asked[name] });
    accepted.set(name, id);
  }
}, limitMs);
afterAll(async () => {
  await service?.[Symbol.asyncDispose]();
  await scene?.[Symbol.asyncDispose]();
});

/** The sounds of a result in order: the language that each is tagged with, what it sounds like, and whether it is played by default. */
async function soundsOf(job: JobResource): Promise<string[]> {
  const [artifact] = job.artifacts;
  if (artifact === undefined) throw new Error(`${job.id} is ${job.state}: ${JSON.stringify(job.error)}`);
  const path = await saveFile(service, scene, artifact);
  const tracks = (await ffprobe(path)).streams.filter(({ codec_type }) => codec_type === "audio");
  return tracks.map(({ tags, disposition }, index) => {
    const pitch = pitchOf(path, index);
    const heard = (Object.keys(hertz) as Language[]).find((one) => Math.abs(hertz[one] - pitch) < 20) ?? pitch;
    return `${tags?.["language"]} ${heard}${disposition["default"] === 1 ? " default" : ""}`;
  });
}

describe("of a video in three languages", () => {
  test.each(rows)(
    "where %s: the tracks are the right ones, tagged, and one is played by default",
    async (name, sounds, warnings) => {
      const job = await service.finished(accepted.get(name) ?? "");
      expect(job).toMatchObject({ state: "succeeded", error: null });
      expect(await soundsOf(job)).toEqual(sounds);
      expect(job.warnings.map(({ code }) => code)).toEqual(warnings);
    },
    limitMs,
  );
});
