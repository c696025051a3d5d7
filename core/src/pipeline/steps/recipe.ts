import { AppError } from "../../errors/app-error.ts";
import type { Media } from "../../jobs/media.ts";
import type { DownloadRequest } from "../../jobs/request.ts";
import { paddedNumber } from "../result-name.ts";
import type { Cut } from "../timeline/cut.ts";
import type { MediaFile, Recipe } from "../transcoder.ts";

/** What a recipe is made from. */
export interface RecipeParts {
  readonly request: DownloadRequest;
  readonly media: Media;
  readonly inputs: readonly MediaFile[];
  readonly cut: Cut;
  readonly subtitles: Recipe["subtitles"];
  readonly burnIn: Recipe["burnIn"];
  readonly cover: string | null;
  /** Without the chapter's number, which is added where the result is one of several. */
  readonly outputBase: string;
}

/** The recipe of one result. */
export function makeRecipe({ request, media, inputs, cut, subtitles, burnIn, cover, outputBase }: RecipeParts): Recipe {
  const { chapter } = cut;
  return {
    inputs,
    target: targetOf(request.output),
    ...soundOf(request.output),
    keep: cut.kept,
    exact: cutsExactly(request),
    chapters: request.chapters === "keep" ? media.chapters : [],
    tags: request.metadata.embed ? tagsOf(media, cut) : null,
    subtitles,
    burnIn,
    cover,
    outputBase: chapter === null ? outputBase : `${outputBase}-${paddedNumber(chapter.number)}`,
  };
}

/** Whether the result is cut between key frames: where the picture is encoded anyway, that costs nothing more. */
export function cutsExactly({ clip, subtitles }: Pick<DownloadRequest, "clip" | "subtitles">): boolean {
  return (clip?.exact ?? false) || burnsIn(subtitles);
}

/** Whether captions are wished for in the picture itself. */
export function burnsIn(subtitles: DownloadRequest["subtitles"]): boolean {
  return subtitles?.burnIn !== undefined && subtitles.burnIn !== false;
}

/** The target of a request for media. */
export function targetOf(output: DownloadRequest["output"]): Recipe["target"] {
  if (output.type === "transcript") throw new AppError("internal_error", "a transcript has no recipe");
  if (output.type === "video") return { kind: "video", container: output.container, hdr: output.hdr };
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

function tagsOf(media: Media, { chapter }: Cut): Record<string, string> {
  return {
    title: chapter?.title ?? media.title,
    ...(chapter === null ? {} : { track: String(chapter.number) }),
    ...(media.channel === null ? {} : { artist: media.channel }),
    ...(media.uploadedAt === null ? {} : { date: media.uploadedAt.slice(0, 10) }),
    comment: media.webpageUrl,
  };
}
