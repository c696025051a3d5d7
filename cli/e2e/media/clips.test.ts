import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { readFile } from "node:fs/promises";
import { captionFaults, timecodeInputs, timelineFaults } from "@vidferry/testing";
import { captionedPage, ffmpeg, h264, type MediaScene, setMediaScene } from "./media-scene.ts";

const limitMs = 120_000;
const seconds = 24;
/** In all of these files, in seconds. */
const keyFrameSeconds = 5;

let media: MediaScene;
beforeAll(async () => {
  media = await setMediaScene({ WORKER_CONCURRENCY: "2" });
  const sound = ["-c:a", "aac"];
  media.make(...timecodeInputs({ seconds }), ...h264({ keyFrameSeconds }), ...sound, "plain.mp4");
  media.make(...timecodeInputs({ seconds }), ...h264({ keyFrameSeconds, bFrames: 3 }), ...sound, "b-frames.mp4");
  media.make("-i", media.at("b-frames.mp4"), "-c", "copy", "b-frames.mkv");
  media.make("-i", media.at("plain.mp4"), "-c", "copy", "stream.ts");
  const { vtt, html } = captionedPage("plain.mp4", seconds);
  await media.write("plain.vtt", vtt);
  await media.write("plain.html", html);
}, limitMs);
afterAll(() => media?.[Symbol.asyncDispose]());

describe.each(["plain.mp4", "b-frames.mp4", "b-frames.mkv", "stream.ts"])("a clip of %s", (file) => {
  test(
    "that is copied begins at the key frame before, picture and sound together",
    async () => {
      const path = await media.save(await media.run(file, { clip: { startSeconds: 7, endSeconds: 12 } }));
      expect(await timelineFaults(path, [{ startSeconds: 5, endSeconds: 12 }])).toEqual([]);
    },
    limitMs,
  );

  test(
    "that is exact begins and ends where it was asked for, picture and sound together",
    async () => {
      const clip = { startSeconds: 7, endSeconds: 12, exact: true };
      const path = await media.save(await media.run(file, { clip }));
      expect(await timelineFaults(path, [clip])).toEqual([]);
    },
    limitMs,
  );
});

describe.each([
  ["copied", { startSeconds: 7, endSeconds: 12 }, { startSeconds: 5, endSeconds: 12 }],
  ["exact", { startSeconds: 7, endSeconds: 12, exact: true }, { startSeconds: 7, endSeconds: 12 }],
] as const)("captions of a clip that is %s", (_, clip, kept) => {
  test(
    "lie on its timeline, beside it and inside it",
    async () => {
      const subtitles = { languages: ["en"], formats: ["vtt", "srt"] as ("vtt" | "srt")[], embed: true };
      const job = await media.run("plain.html", { clip, subtitles });
      const path = await media.save(job);
      expect(await timelineFaults(path, [kept])).toEqual([]);
      ffmpeg("-i", path, "-map", "0:s:0", `${path}.srt`);
      for (const captions of [`${path}.srt`, await media.save(job, 1), await media.save(job, 2)]) {
        expect(captionFaults(await readFile(captions, "utf8"), [kept])).toEqual([]);
      }
    },
    limitMs,
  );
});
