import type { Recipe } from "../../../pipeline/transcoder.ts";
import type { Form } from "./form.ts";

const demuxers: Readonly<Record<string, string>> = {
  mp4: "mp4",
  m4a: "m4a",
  mkv: "matroska",
  mka: "matroska",
  webm: "webm",
  opus: "ogg",
};

/** Whether the only input is already the result. */
export function isFinishedForm(recipe: Recipe, form: Form): boolean {
  const [file, ...others] = recipe.inputs;
  if (!file || others.length > 0 || form.videoEncoding || form.sounds.some(({ encoding }) => encoding)) return false;
  const extras = recipe.chapters.length + recipe.subtitles.length;
  if (recipe.keep !== null || recipe.tags !== null || recipe.cover !== null || extras > 0) return false;
  const streams = (form.video === null ? 0 : 1) + form.sounds.length;
  // Apple's players show no picture under the other tags.
  const { codec, codecTag } = form.video?.stream ?? {};
  const isTagged = form.extension !== "mp4" || (codec === "hevc" ? codecTag === "hvc1" : codecTag !== "avc3");
  const demuxer = demuxers[form.extension] ?? form.extension;
  return (
    // A player would have to fetch the whole file before it starts, or could not seek.
    file.isIndexedAhead &&
    isTagged &&
    file.streams.length === streams &&
    file.format.split(",").includes(demuxer) &&
    file.path.toLowerCase().endsWith(`.${form.extension}`)
  );
}
