import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { spawnSync } from "node:child_process";
import { readFile } from "node:fs/promises";
import { ffprobe } from "../ffprobe.ts";
import { type CaptionsScene, seconds, setCaptionsScene } from "./captions-scene.ts";
import type { MediaScene } from "./media-scene.ts";

const limitMs = 120_000;
let scene: CaptionsScene;
let media: MediaScene;
beforeAll(async () => {
  scene = await setCaptionsScene();
  media = scene.media;
}, limitMs);
afterAll(() => scene?.[Symbol.asyncDispose]());

describe("captions", () => {
  test(
    "that go on after the video end with it, beside it and inside it, and make it no longer",
    async () => {
      const subtitles = { languages: ["en"], formats: ["srt"] as "srt"[], embed: true };
      const job = await media.run("black.html", { subtitles });
      const path = await media.save(job);
      expect((await ffprobe(path)).seconds).toBeCloseTo(seconds, 0);
      const srt = await readFile(await media.save(job, 1), "utf8");
      expect(srt).toContain(`00:00:07,000 --> 00:00:08,000\nWWWW\n`);
      expect(srt).not.toContain("after");
    },
    limitMs,
  );

  test(
    "that are burnt in are seen while they are said, also in a clip",
    async () => {
      const clip = { startSeconds: 1, endSeconds: 6 };
      const job = await media.run("black.html", { clip, subtitles: { languages: ["de"], burnIn: "en" } });
      const path = await media.save(job);
      const detect = ["-vf", "blackdetect=d=0.2:pic_th=1:pix_th=0.3", "-f", "null", "-"];
      const { stderr } = spawnSync("ffmpeg", ["-i", path, ...detect], { encoding: "utf8" });
      const dark = [...stderr.matchAll(/black_start:([\d.]+) black_end:([\d.]+)/g)];
      expect(dark.map(([, ...at]) => at.map((time) => Math.round(Number(time))))).toEqual([
        [0, 1],
        [3, 5],
      ]);
      expect((await ffprobe(path)).streams.map(({ codec_type }) => codec_type)).toEqual(["video"]);
    },
    limitMs,
  );

  test(
    "that a translator answers with something else are a warning",
    async () => {
      scene.translator.answerWith(() => new Response("<html>"));
      const other = await media.run("black.html", {
        subtitles: { languages: ["de"], translateTo: ["pt"], translator: "libretranslate" },
      });
      scene.translator.answerWith(null);
      expect(other.state).toBe("succeeded");
      expect(other.warnings.map(({ detail }) => detail)).toEqual([
        "No subtitles in pt: the translator has answered something that is no translation.",
      ]);
    },
    limitMs,
  );

  test(
    "that are not there are not burnt in, and it is said so",
    async () => {
      const job = await media.run("black.html", { subtitles: { languages: ["sv"], burnIn: true } });
      expect(job.state).toBe("succeeded");
      expect(job.warnings.map(({ code }) => code)).toEqual(["subtitles_missing", "subtitles_missing"]);
    },
    limitMs,
  );
});
