import { describe, expect, test } from "bun:test";
import { readFile } from "node:fs/promises";
import type { JobResource } from "@vidferry/core";
import { missingForSpeech, pocketSphinx, speak, startLibreTranslate, startSpeechToText } from "@vidferry/testing";
import { ffprobe } from "../ffprobe.ts";
import { h264, setMediaScene } from "./media-scene.ts";

const words = ["banana", "window", "november", "yesterday"];
const missing = missingForSpeech();

describe.skipIf(missing.length > 0)(`speech (absent: ${missing.join(", ") || "nothing"})`, () => {
  test("of a video without captions becomes captions of every kind, at the times at which it is said", async () => {
    // It may hear other words, too.
    const hear = pocketSphinx([...words, "seven", "computer", "elephant"]);
    await using recogniser = await startSpeechToText({ hear });
    await using translator = await startLibreTranslate();
    await using media = await setMediaScene({ TRANSCRIBER_URL: recogniser.url, LIBRETRANSLATE_URL: translator.url });
    speak("Banana. Window. November. Yesterday.", media.at("said.wav"));
    const picture = ["-f", "lavfi", "-i", "color=c=black:s=96x32:r=25:d=60"];
    media.make(...picture, "-i", media.at("said.wav"), ...h264(), "-shortest", "-c:a", "aac", "said.mp4");
    const textOf = async (job: JobResource, index: number) => await readFile(await media.save(job, index), "utf8");

    const subtitles = {
      ...{ transcribe: "missing" as const, languages: ["en"], embed: true },
      ...{ translateTo: ["fr"], translator: "libretranslate" as const, formats: ["json" as const, "md" as const] },
    };
    const job = await media.run("said.mp4", { subtitles });
    expect(job.warnings).toEqual([]);
    expect(job.artifacts.map(({ kind, language, automatic }) => [kind, language, automatic])).toEqual([
      ["video", null, null],
      ...["en", "en", "fr", "fr"].map((language) => ["transcript", language, true]),
    ]);
    const said = JSON.parse(await textOf(job, 1)) as {
      segments: { text: string; startSeconds: number; words: object[] }[];
    };
    const heard = said.segments.map(({ text }) => text);
    // A synthetic voice is hard to understand.
    expect(words.filter((word) => heard.includes(word)).length).toBeGreaterThanOrEqual(2);
    expect(said.segments.every(({ words }) => words.length === 1)).toBe(true);
    const { seconds, streams } = await ffprobe(await media.save(job));
    expect(Math.max(...said.segments.map(({ startSeconds }) => startSeconds))).toBeLessThan(seconds);
    expect(streams.filter(({ codec_type }) => codec_type === "subtitle")).toHaveLength(2);
    expect(await textOf(job, 4)).toContain("\\[fr\\]");

    // Of a clip only what is said in it, on its own timeline.
    const last = said.segments.at(-1)?.startSeconds ?? 0;
    const clip = { startSeconds: last - 1, exact: true };
    const clipped = await media.run("said.mp4", { clip, subtitles: { transcribe: "missing", formats: ["json"] } });
    const inClip = JSON.parse(await textOf(clipped, 1)) as typeof said;
    expect(inClip.segments.length).toBeLessThanOrEqual(2);
    for (const { startSeconds } of inClip.segments) expect(startSeconds).toBeLessThan(seconds - last + 1);
  }, 120_000);
});
