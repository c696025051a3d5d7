import type { Warning } from "../../jobs/job.ts";
import { afterCut, shortestChapter } from "../timeline/after-cut.ts";
import type { MediaFile, MediaStream, Recipe } from "../transcoder.ts";
import { isPlainH264, isPlainSound } from "../widely-played.ts";

/**
 * What the recipe asked for and the result does not have, judged by what stands in the file: a container that cannot hold it
 * loses it without an error of FFmpeg's.
 */
export function lostOf(recipe: Recipe, result: MediaFile): readonly Warning[] {
  const warnings: Warning[] = [];
  const name = result.path.slice(result.path.lastIndexOf(".") + 1);
  if (recipe.cover !== null && !result.streams.some(({ attachedPicture }) => attachedPicture)) {
    warnings.push({ code: "cover_not_embedded", detail: `The thumbnail could not be put into a ${name} file.` });
  }
  if (result.chapterCount === 0 && afterCut(recipe.chapters, recipe.keep, shortestChapter).length > 0) {
    warnings.push({ code: "chapters_not_written", detail: `A ${name} file holds no chapters.` });
  }
  const { undrawn = [] } = result;
  if (undrawn.length > 0) {
    const some = undrawn.slice(0, 10).join(" ");
    const detail = `There is no font for ${undrawn.length > 10 ? `${some} and other letters` : some}: they are drawn as boxes.`;
    warnings.push({ code: "subtitles_letters_missing", detail });
  }
  const picture = pictureOf(result);
  const isFromHdr = recipe.inputs.some((input) => pictureOf(input)?.isHdr === true);
  if (recipe.target.kind !== "video" || picture === undefined) return warnings;
  if (isFromHdr && !picture.isHdr) {
    const why = recipe.target.hdr === true ? "It could not be encoded with" : "There was only a picture with";
    const detail = `${why} a high dynamic range, so its colours were converted to those of ordinary screens.`;
    warnings.push({ code: "hdr_converted", detail });
  }
  const { codec = "any" } = recipe.target;
  if (codec !== "any" && picture.codec !== codec) {
    const detail = `The picture had to be encoded, and FFmpeg has no encoder of ${codec.toUpperCase()}: it is in ${picture.codec.toUpperCase()}.`;
    warnings.push({ code: "codec_replaced", detail });
  }
  const rare = recipe.target.container === "mp4" ? rarelyPlayed(result, picture) : null;
  if (rare !== null) {
    const detail = `Some players do not play it: ${rare}. For the most players ask for at most 1080p without hdr and codec.`;
    warnings.push({ code: "plays_not_everywhere", detail });
  }
  return warnings;
}

const pictureOf = ({ streams }: MediaFile): MediaStream | undefined =>
  streams.find(({ kind, attachedPicture }) => kind === "video" && !attachedPicture);

/** What keeps an MP4 from playing on nearly all devices; null: nothing does. */
function rarelyPlayed(result: MediaFile, picture: MediaStream): string | null {
  if (!isPlainH264(picture)) {
    const { codec, profile, pixelFormat, isHdr } = picture;
    const kind = codec === "h264" ? [profile, pixelFormat].filter((name) => name !== null) : isHdr ? ["HDR"] : [];
    return `the picture is in ${[codec.toUpperCase(), ...kind].join(", ")}`;
  }
  const sound = result.streams.find((stream) => stream.kind === "audio" && !isPlainSound(stream));
  if (sound !== undefined) return `the sound is in ${sound.codec.toUpperCase()}`;
  return result.isIndexedAhead ? null : "its index lies behind the media";
}
