import { AppError } from "../../errors/app-error.ts";
import type { Media } from "../../jobs/media.ts";
import type { DownloadRequest } from "../../jobs/request.ts";
import { segmentWishes } from "../../jobs/request-cuts.ts";
import { paddedNumber } from "../../library/result-name.ts";
import type { Segment } from "../downloader.ts";
import type { Cut } from "../timeline/cut.ts";
import { withMarkedChapters } from "../timeline/marked-chapters.ts";
import type { MediaFile, Recipe } from "../transcoder.ts";

/** What a recipe is made from. */
export interface RecipeParts {
  readonly request: DownloadRequest;
  readonly media: Media;
  /** Those of SponsorBlock that the request names. */
  readonly segments: readonly Segment[];
  readonly inputs: readonly MediaFile[];
  readonly cut: Cut;
  readonly subtitles: Recipe["subtitles"];
  readonly burnIn: Recipe["burnIn"];
  readonly cover: string | null;
  /** Without the part's number, which is added where the result is one of several. */
  readonly outputBase: string;
}

/** The recipe of one result. */
export function makeRecipe(parts: RecipeParts): Recipe {
  const { request, media, inputs, cut, subtitles, burnIn, cover, outputBase } = parts;
  const { part } = cut;
  return {
    inputs,
    target: targetOf(request.output),
    ...soundOf(request.output),
    keep: cut.kept,
    exact: cut.exact,
    chapters: chaptersOf(parts),
    tags: request.metadata.embed ? tagsOf(media, cut) : null,
    subtitles,
    burnIn,
    cover,
    outputBase: part === null ? outputBase : `${outputBase}-${paddedNumber(part.number)}`,
  };
}

/** Whether captions are wished for in the picture itself. */
export function burnsIn(subtitles: DownloadRequest["subtitles"]): boolean {
  return subtitles?.burnIn !== undefined && subtitles.burnIn !== false;
}

/** The chapters of the source as far as they are kept, and the segments that are marked among them. */
function chaptersOf({ request, media, segments, cut: { durationSeconds, part } }: RecipeParts): Recipe["chapters"] {
  const own = request.chapters === "keep" ? media.chapters : [];
  const { mark } = segmentWishes(request);
  const marked = segments.filter(({ category }) => mark.some((one) => one === category));
  return withMarkedChapters(own, marked, { title: part?.title ?? media.title, durationSeconds });
}

/** The target of a request for media. */
export function targetOf(output: DownloadRequest["output"]): Recipe["target"] {
  if (output.type === "transcript") throw new AppError("internal_error", "a transcript has no recipe");
  if (output.type === "video") {
    const { container, hdr, codec, maxFps } = output;
    return {
      ...{ kind: "video", container, hdr },
      ...(codec === "any" ? {} : { codec }),
      ...(maxFps === undefined ? {} : { maxFps }),
    };
  }
  const { format, bitrateKbps = null, normalize, channels = "source", sampleRateHz, vbrQuality } = output;
  return {
    ...{ kind: "audio", format, bitrateKbps, normalize },
    ...(channels === "source" ? {} : { channels: channels === "mono" ? 1 : 2 }),
    ...(sampleRateHz === undefined ? {} : { sampleRateHz }),
    ...(vbrQuality === undefined ? {} : { vbrQuality }),
  };
}

/** Which of several sounds a request wants. */
export function soundOf(output: DownloadRequest["output"]): Pick<Recipe, "audioLanguage"> {
  const { audioLanguage = undefined } = output.type === "transcript" ? {} : output;
  return audioLanguage === undefined ? {} : { audioLanguage };
}

function tagsOf(media: Media, { part }: Cut): Record<string, string> {
  return {
    title: part?.title ?? media.title,
    ...(part === null ? {} : { track: String(part.number) }),
    ...(media.channel === null ? {} : { artist: media.channel }),
    ...(media.uploadedAt === null ? {} : { date: media.uploadedAt.slice(0, 10) }),
    comment: media.webpageUrl,
  };
}
