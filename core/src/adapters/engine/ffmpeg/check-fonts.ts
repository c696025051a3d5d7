import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Check } from "../../../pipeline/downloader.ts";
import { capture } from "../process/index.ts";
import { captionFilter, undrawnLetters } from "./caption-filter.ts";
import type { FfmpegTools } from "./execute.ts";

const name = "burn-in-fonts";
const deadlineMs = 20_000;
const fix = "Install fontconfig and fonts, for example the packages fontconfig and fonts-noto-core.";

/** A letter of each script that many captions are written in. */
const scripts: Readonly<Record<string, string>> = {
  A: "Latin",
  ж: "Cyrillic",
  α: "Greek",
  ا: "Arabic",
  א: "Hebrew",
  अ: "Devanagari",
  ก: "Thai",
  漢: "Chinese",
  あ: "Japanese",
  한: "Korean",
};

/** A black picture, as PNG. */
const black = "iVBORw0KGgoAAAANSUhEUgAAACAAAAAQCAAAAABSayKFAAAADklEQVR42mNgGAWjAAEAAhAAAZrhHsYAAAAASUVORK5CYII=";

/** Whether captions could be drawn into a picture, and of which scripts: draws a letter of each. */
export async function checkFonts(tools: FfmpegTools, signal?: AbortSignal): Promise<Check> {
  const folder = await mkdtemp(join(tmpdir(), "vidferry-fonts-"));
  try {
    const [picture, captions] = [join(folder, "black.png"), join(folder, "letters.vtt")];
    await writeFile(picture, Buffer.from(black, "base64"));
    await writeFile(captions, `WEBVTT\n\n00:00.000 --> 00:09.000\n${Object.keys(scripts).join(" ")}\n`);
    const filter = captionFilter(captions, { width: null, height: null });
    const args = ["-hide_banner", "-v", "warning", "-i", `file:${picture}`, "-vf", filter, "-f", "null", "-"];
    const options = { env: tools.env, deadlineMs, ...(signal === undefined ? {} : { signal }) };
    const { exitCode, stderr } = await capture(tools.programs.ffmpeg, args, options);
    signal?.throwIfAborted();
    if (exitCode !== 0) {
      const detail = "subtitles cannot be burnt in: FFmpeg has no libass, or it does not work";
      return { name, status: "warning", detail, fix: "Install a full build of FFmpeg." };
    }
    const missing = undrawnLetters(stderr.split("\n")).flatMap((letter) => scripts[letter] ?? []);
    if (missing.length === 0) return { name, status: "ok", detail: Object.values(scripts).join(", ") };
    if (missing.includes("Latin")) return { name, status: "warning", detail: "no font has Latin letters", fix };
    return { name, status: "ok", detail: `none for ${missing.join(", ")}: burnt in, their letters are boxes` };
  } catch (error) {
    signal?.throwIfAborted();
    return {
      name,
      status: "warning",
      detail: error instanceof Error ? error.message : "they could not be looked for",
      fix,
    };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
