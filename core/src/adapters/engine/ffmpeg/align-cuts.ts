import { AppError } from "../../../errors/index.ts";
import { streamDuration } from "../../../pipeline/timeline/kept-ranges.ts";
import { clampRanges, isWhole, type TimeRange } from "../../../pipeline/timeline/time-ranges.ts";
import { chooseForm, type FormRecipe } from "./choose-form.ts";
import type { FfmpegTools } from "./execute.ts";
import type { Form, Source } from "./form.ts";
import { alignToKeyFrames } from "./key-frames.ts";
import { startOffsets } from "./start-offsets.ts";

/** Where the result can be cut; see the port's `alignCuts`. */
export async function alignCuts(
  tools: FfmpegTools,
  recipe: Omit<FormRecipe, "burnIn">,
  signal: AbortSignal,
): Promise<readonly TimeRange[] | null> {
  signal.throwIfAborted();
  if (recipe.keep === null) return null;
  const form = chooseForm({ ...recipe, burnIn: null });
  const duration = fileDuration(form);
  const ranges = clampRanges(recipe.keep, duration);
  if (ranges.length === 0) throw new AppError("format_unavailable", "the clip lies beyond the end of the media");
  const { video, videoEncoding } = form;
  const offset = (video && startOffsets(sourcesOf(form)).get(video.file.path)) ?? 0;
  const aligned =
    video && !videoEncoding ? await alignToKeyFrames(tools, ranges, { ...video, offset }, signal) : ranges;
  return isWhole(aligned, duration) ? null : aligned;
}

/** How long the files of the used streams are, in seconds; null when unknown. */
const fileDuration = (form: Form) => longest(form, ({ file }) => file.durationSeconds);

/** How long the used streams are, in seconds; null when unknown. Their files may be longer, by a stream that is not used. */
export const usedDuration = (form: Form) => longest(form, ({ file, stream }) => streamDuration(file, stream));

/** When the last of the used streams ends, in seconds; null when unknown. What a file says to be their length may count from their start. */
export const usedEnd = (form: Form) =>
  longest(form, ({ file, stream }) => {
    const seconds = streamDuration(file, stream);
    const end = seconds === null ? null : seconds + (stream.beginsAfterSeconds ?? 0);
    return end === null || file.durationSeconds === null ? end : Math.min(end, file.durationSeconds);
  });

function longest(form: Form, secondsOf: (source: Source) => number | null): number | null {
  const sources = sourcesOf(form);
  const offsets = startOffsets(sources);
  const ends = sources.flatMap((source) => {
    const seconds = secondsOf(source);
    return seconds === null ? [] : [seconds + (offsets.get(source.file.path) ?? 0)];
  });
  return ends.length === 0 ? null : Math.max(...ends);
}

/** The streams that the timeline of a result comes from. */
export function sourcesOf({ video, beside, sounds }: Form): readonly Source[] {
  const picture = video ?? beside;
  return [...(picture === undefined ? [] : [picture]), ...sounds.map(({ source }) => source)];
}
