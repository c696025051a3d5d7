import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { readFile } from "node:fs/promises";
import { onlyWhole } from "@vidferry/testing";
import { type CaptionsScene, setCaptionsScene } from "./captions-scene.ts";
import type { MediaScene } from "./media-scene.ts";

const testWhole = onlyWhole(test);

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
    "of every format, encoding and old name come in what was asked for",
    async () => {
      const languages = ["de", "fr", "ru", "he"];
      const job = await media.run("black.html", {
        output: { type: "transcript" },
        subtitles: { languages, formats: ["json", "md"] },
      });
      expect(job.artifacts.map(({ language }) => language)).toEqual(["de", "de", "fr", "fr", "ru", "ru", "iw", "iw"]);
      const said = [0, 2, 4, 6].map(async (index) => JSON.parse(await readFile(await media.save(job, index), "utf8")));
      expect(await Promise.all(said)).toMatchObject(
        ["Hallo, Welt", "Bonjour", "Привет, как дела", "שלום"].map((text) => {
          return { automatic: false, segments: [{ startSeconds: 1, endSeconds: 2, text }] };
        }),
      );
      expect(await readFile(await media.save(job, 1), "utf8")).toBe(
        `# Black (1)\n\n[0:01](${media.origin.url("black.html")}#t=1) Hallo, Welt\n`,
      );
      expect(job.warnings.map(({ code }) => code)).toEqual(["subtitles_encoding_guessed"]);
    },
    limitMs,
  );

  testWhole(
    "are translated by a server of LibreTranslate's protocol, and what it cannot do is a warning",
    async () => {
      const job = await media.run("black.html", {
        output: { type: "transcript" },
        subtitles: { languages: ["de"], translateTo: ["pt", "tlh"], translator: "libretranslate", formats: ["srt"] },
      });
      expect(job.artifacts.map(({ language, automatic }) => [language, automatic])).toEqual([
        ["de", false],
        ["pt", true],
      ]);
      expect(await readFile(await media.save(job, 1), "utf8")).toBe(
        "1\n00:00:01,000 --> 00:00:02,000\n[pt-BR] Hallo, Welt\n",
      );
      expect(job.warnings).toEqual([
        { code: "subtitles_missing", detail: "No subtitles in tlh: the translator does not know tlh." },
      ]);
    },
    limitMs,
  );
});
