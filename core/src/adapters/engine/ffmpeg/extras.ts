import { readFile, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Chapter } from "../../../jobs/media.ts";
import type { Recipe } from "../../../pipeline/transcoder.ts";
import type { Call } from "./command.ts";
import type { Form } from "./form.ts";
import { languageCode, languageName } from "./language.ts";
import { formatMetadata, pictureBlock } from "./metadata-file.ts";

/** Tags, chapters, subtitles and cover: further inputs, and the options that put them into the output. */
export interface Extras {
  readonly inputs: Call["inputs"];
  readonly options: readonly string[];
}

const subtitleCodecs: Readonly<Record<string, string>> = { mp4: "mov_text", mkv: "srt", webm: "webvtt" };
const coverAsStream = new Set(["mp4", "m4a", "mp3", "flac"]);
const coverAsTag = new Set(["opus", "ogg"]);
/** FFmpeg writes no chapters into FLAC, and into Ogg with their fractions of a second rounded up; their tags it leaves alone. */
const chaptersAsTags = new Set(["flac", "opus", "ogg"]);
/** A larger cover is not embedded in a tag: players load it into memory as a whole. */
const maxTagPictureBytes = 4 << 20;

const mimeType = (path: string) => (path.toLowerCase().endsWith(".png") ? "image/png" : "image/jpeg");

/**
 * Prepares the extras. Metadata and chapters of the inputs are always replaced, never copied.
 * @param firstInput the number its first input will have.
 */
export async function prepareExtras(
  recipe: Recipe,
  form: Form,
  where: {
    readonly scratch: string;
    readonly firstInput: number;
    readonly chapters: readonly Chapter[];
  },
): Promise<Extras> {
  const inputs: Call["inputs"][number][] = [];
  const options: string[] = [];
  const add = (path: string, inputOptions: readonly string[]) =>
    where.firstInput + inputs.push({ path, options: inputOptions }) - 1;

  const picture = recipe.cover !== null && coverAsTag.has(form.extension) ? await tagPicture(recipe.cover) : null;
  const tagsChapters = chaptersAsTags.has(form.extension);
  if (recipe.tags !== null || where.chapters.length > 0 || picture !== null) {
    const path = join(where.scratch, "metadata.txt");
    await writeFile(path, formatMetadata(recipe.tags ?? {}, where.chapters, picture, tagsChapters));
    const number = String(add(path, ["-f", "ffmetadata"]));
    options.push("-map_metadata", number, "-map_chapters", where.chapters.length > 0 && !tagsChapters ? number : "-1");
  } else {
    options.push("-map_metadata", "-1", "-map_chapters", "-1");
  }

  const subtitleCodec = subtitleCodecs[form.extension];
  if (subtitleCodec !== undefined) {
    let count = 0;
    for (const { path, language } of recipe.subtitles) {
      // FFmpeg rejects an empty SRT file as invalid.
      if ((await stat(path)).size === 0) continue;
      const number = add(path, ["-f", "srt"]);
      const stream = `s:s:${count++}`;
      options.push("-map", `${number}:0`, `-metadata:${stream}`, `language=${languageCode(language)}`);
      options.push(`-metadata:${stream}`, `title=${languageName(language)}`);
      options.push(`-metadata:${stream}`, `handler_name=${languageName(language)}`);
    }
    if (count > 0) options.push("-c:s", subtitleCodec);
  }

  if (recipe.cover !== null && (form.extension === "mkv" || form.extension === "mka")) {
    const mime = mimeType(recipe.cover);
    options.push("-attach", `file:${recipe.cover}`, "-metadata:s:t:0", `mimetype=${mime}`);
    options.push("-metadata:s:t:0", `filename=cover.${mime === "image/png" ? "png" : "jpg"}`);
  } else if (recipe.cover !== null && coverAsStream.has(form.extension)) {
    const stream = `v:${form.video ? 1 : 0}`;
    options.push("-map", `${add(recipe.cover, [])}:v:0`);
    options.push(`-c:${stream}`, /\.(jpe?g|png)$/i.test(recipe.cover) ? "copy" : "mjpeg");
    options.push(`-disposition:${stream}`, "attached_pic", `-metadata:s:${stream}`, "comment=Cover (front)");
  }
  return { inputs, options };
}

async function tagPicture(path: string): Promise<string | null> {
  const { size } = await stat(path);
  if (size > maxTagPictureBytes) return null;
  return pictureBlock(await readFile(path), mimeType(path));
}
