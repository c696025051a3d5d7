import { AppError } from "../../../errors/index.ts";
import { longestDuration } from "../../../pipeline/timeline/kept-ranges.ts";
import { clampRanges, isWhole, type TimeRange } from "../../../pipeline/timeline/time-ranges.ts";
import type { Recipe } from "../../../pipeline/transcoder.ts";
import { chooseForm, type Form } from "./codecs.ts";
import type { FfmpegTools } from "./execute.ts";
import { alignToKeyFrames } from "./key-frames.ts";

/** Where the result can be cut; see the port's `alignCuts`. */
export async function alignCuts(
  tools: FfmpegTools,
  recipe: Pick<Recipe, "inputs" | "target" | "keep" | "exact">,
  signal: AbortSignal,
): Promise<readonly TimeRange[] | null> {
  signal.throwIfAborted();
  if (recipe.keep === null) return null;
  const form = chooseForm(recipe);
  const duration = usedDuration(form);
  const ranges = clampRanges(recipe.keep, duration);
  if (ranges.length === 0) throw new AppError("format_unavailable", "the clip lies beyond the end of the media");
  const { video, videoEncoding } = form;
  const aligned = video && !videoEncoding ? await alignToKeyFrames(tools, ranges, video, signal) : ranges;
  return isWhole(aligned, duration) ? null : aligned;
}

/** How long the longer of the two used streams is, in seconds; null when unknown. */
export function usedDuration({ video, audio }: Form): number | null {
  return longestDuration([video, audio].flatMap((source) => source?.file ?? []));
}
