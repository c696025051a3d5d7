import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { spawnSync } from "node:child_process";
import { readFile, writeFile } from "node:fs/promises";
import { type LibreTranslateServer, startLibreTranslate } from "@vidferry/testing";
import { ffprobe } from "../ffprobe.ts";
import { h264, type MediaScene, setMediaScene } from "./media-scene.ts";

const limitMs = 120_000;
const seconds = 8;

let translator: LibreTranslateServer;
let media: MediaScene;
beforeAll(async () => {
  translator = await startLibreTranslate({ key: "secret" });
  media = await setMediaScene({
    WORKER_CONCURRENCY: "2",
    LIBRETRANSLATE_URL: translator.url,
    LIBRETRANSLATE_API_KEY: "secret",
  });
  media.make(...["-f", "lavfi", "-i", `color=c=black:s=160x90:r=25:d=${seconds}`], ...h264(), "black.mp4");
  const track = (language: string, file: string) => `<track kind="subtitles" srclang="${language}" src="${file}">`;
  const tracks = [
    track("en", "late.vtt"),
    track("de", "dialogue.ass"),
    track("fr", "timed.ttml"),
    track("ru", "old.srt"),
    track("iw", "old-name.vtt"),
  ];
  await media.write("black.html", `<title>Black</title><video src="black.mp4">${tracks.join("")}</video>`);
  await media.write(
    "late.vtt",
    "WEBVTT\n\n00:02.000 --> 00:04.000\nWWWWWWWW\n\n00:07.000 --> 00:45.000\n \u200bWWWW\n\n00:50.000 --> 00:51.000\nafter\n",
  );
  const ass =
    "[Script Info]\n\n[Events]\nFormat: Start, End, Text\nDialogue: 0:00:01.00,0:00:02.00,{\\i1}Hallo, Welt\n";
  await media.write("dialogue.ass", ass);
  await media.write("timed.ttml", `<tt xml:lang="fr"><body><p begin="1s" end="2s">Bonjour</p></body></tt>`);
  // windows-1251.
  const russian = [...("Привет, как дела" as string)].map((letter) => {
    const code = letter.charCodeAt(0);
    return code < 0x80 ? code : code - 0x410 + 0xc0;
  });
  const timing = Buffer.from("1\r\n00:00:01,000 --> 00:00:02,000\r\n");
  await writeFile(media.at("old.srt"), Buffer.concat([timing, Buffer.from(russian)]));
  await media.write("old-name.vtt", "WEBVTT\n\n00:01.000 --> 00:02.000\nשלום\n");
}, limitMs);
afterAll(async () => {
  await media?.[Symbol.asyncDispose]();
  await translator?.[Symbol.asyncDispose]();
});

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
      translator.answerWith(() => new Response("<html>"));
      const other = await media.run("black.html", {
        subtitles: { languages: ["de"], translateTo: ["pt"], translator: "libretranslate" },
      });
      translator.answerWith(null);
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
