import type { DownloadRequest } from "../../../jobs/request.ts";
import { nearestLanguage } from "../../../pipeline/languages.ts";
import type { Info } from "./info.ts";

type Format = Info["formats"][number];
type Output = Exclude<DownloadRequest["output"], { type: "transcript" }>;

const hasSound = ({ acodec }: Format) => acodec !== "none";
const hasPicture = ({ vcodec }: Format) => vcodec !== "none";
const isWeb = ({ protocol }: Format) => !/^(ftp|mms|rtmp|rtsp|ws|websocket|fc2|niconico)/.test(protocol ?? "");
/** Sound that describes the picture to blind people is no translation: it is taken only by its own name. */
const isDescriptive = (language: string) => /-desc\b/.test(language);

/**
 * The languages of the sound that are wished for, as the source names them, the main one first; empty: the source names none, or
 * not the wished one.
 */
function soundLanguages(info: Pick<Info, "formats">, wish: string): readonly string[] {
  const sounds = info.formats.filter((format) => hasSound(format) && isWeb(format) && format.language != null);
  const rank = ({ language_preference, source_preference }: Format) =>
    (language_preference ?? -1) * 1_000 + (source_preference ?? -1);
  // Best first; yt-dlp lists them in ascending order.
  const ranked = sounds.toReversed().sort((one, other) => rank(other) - rank(one));
  const isMarked = new Set(ranked.map(rank)).size > 1;
  const all = [...new Set(ranked.flatMap(({ language }) => language ?? []))];
  if (wish === "all") return all.filter((language) => !isDescriptive(language));
  if (wish === "original") return isMarked ? all.slice(0, 1) : [];
  const exact = all.find((language) => language.toLowerCase() === wish.toLowerCase());
  const nearest =
    exact ??
    nearestLanguage(
      wish,
      all.filter((language) => !isDescriptive(language)),
    );
  return nearest === null ? [] : [nearest];
}

/**
 * The choice of yt-dlp with the sound in the wished languages: it sorts by resolution and codec before language, and cannot be
 * told languages it has not seen. Formats are listed in its order of preference, so the last of a language is its best.
 */
export function withLanguage(info: Info, output: Output): Info {
  const wished = soundLanguages(info, output.audioLanguage ?? "original");
  const languages = wished.length > 0 ? wished : soundLanguages(info, "original");
  const chosen =
    info.requested_formats.length > 0
      ? info.requested_formats
      : info.formats.filter(({ format_id }) => format_id === info.format_id);
  const isRight = chosen.some((format) => hasSound(format) && format.language === languages[0]);
  if (languages.length === 0 || (languages.length === 1 && isRight)) return info;

  const bestOf = (formats: readonly Format[], language: string) => {
    const spoken = formats.filter((format) => hasSound(format) && isWeb(format) && format.language === language);
    const wished = wantsCompressed(output) ? spoken.filter(isCompressed) : [];
    const genuine = spoken.filter((format) => !isCompressed(format) && !isUpscaled(format));
    const candidates = [wished, genuine, spoken].find((some) => some.length > 0) ?? [];
    return candidates.findLast((format) => isCopied(format, output)) ?? candidates.at(-1);
  };
  const alone = info.formats.filter((format) => !hasPicture(format));
  const separate = languages.flatMap((language) => bestOf(alone, language) ?? []);
  const picture = chosen.find(hasPicture);
  if (separate.length > 0) {
    if (output.type === "audio") return { ...info, requested_formats: separate.slice(0, 1) };
    if (picture === undefined) return info;
    return { ...info, requested_formats: [withoutSound(picture, info.formats), ...separate] };
  }
  // There is no sound without a picture.
  const both = info.formats.filter((format) => hasPicture(format) && isAllowed(format, output));
  const spoken = languages[0] === undefined ? undefined : bestOf(both, languages[0]);
  return spoken === undefined ? info : { ...info, requested_formats: [spoken] };
}

/** The same picture without the sound of its own, which would only be fetched in vain; where there is none, the picture itself. */
function withoutSound(picture: Format, formats: readonly Format[]): Format {
  if (!hasSound(picture)) return picture;
  const family = (codec = "") => codec.split(".")[0];
  const isSame = (format: Format) =>
    format.width === picture.width &&
    format.height === picture.height &&
    format.dynamic_range === picture.dynamic_range &&
    family(format.vcodec ?? "") === family(picture.vcodec ?? "");
  const alone = formats.filter((format) => hasPicture(format) && !hasSound(format) && isWeb(format) && isSame(format));
  return alone.findLast((format) => !isUpscaled(format)) ?? picture;
}

const isCompressed = ({ format_id }: Format) => /-drc(-\d+)?$/.test(format_id);
const isUpscaled = ({ format_id }: Format) => /-sr(-\d+)?$/.test(format_id);
const wantsCompressed = ({ variants = [] }: Output) => variants.some((one) => one === "drc");

/** Whether the sound goes into the result without being encoded. */
function isCopied({ acodec }: Format, output: Output): boolean {
  if (output.type === "video") return output.container === "mkv" || codecsOf[output.container].test(acodec ?? "");
  return output.format !== "m4a" && output.format !== "opus" ? true : codecsOf[output.format].test(acodec ?? "");
}

const codecsOf = { mp4: /^mp4a/, m4a: /^mp4a/, webm: /^(opus|vorbis)/, opus: /^opus/ } as const;

/** Whether the picture is of the codec and rate that were asked for by name. */
function isAllowed({ vcodec, fps }: Format, output: Output): boolean {
  if (output.type === "audio") return true;
  const isFast = output.maxFps !== undefined && fps != null && fps > output.maxFps;
  return !isFast && (vcodec == null || videoCodecs[output.codec].test(vcodec));
}

const videoCodecs = { any: /^/, h264: /^(avc|h264)/, vp9: /^vp0?9/, av1: /^av0?1/ } as const;
