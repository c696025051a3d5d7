import { AppError } from "../../../errors/index.ts";
import { clampRanges, isWhole, type TimeRange } from "../../../pipeline/timeline/time-ranges.ts";
import type { Recipe } from "../../../pipeline/transcoder.ts";
import { chooseForm } from "./choose-form.ts";
import type { FfmpegTools } from "./execute.ts";
import type { Form } from "./form.ts";
import { alignToKeyFrames } from "./key-frames.ts";
import { startOffsets } from "./media-inputs.ts";

/** Where the result can be cut; see the port's `alignCuts`. */
export async function alignCuts(
  tools: FfmpegTools,
  recipe: Pick<Recipe, "inputs" | "target" | "keep" | "exact">,
  signal: AbortSignal,
): Promise<readonly TimeRange[] | null> {
  signal.throwIfAborted();
  if (recipe.keep === null) return null;
  const form = chooseForm({ ...recipe, burnIn: null });
  const duration = usedDuration(form);
  const ranges = clampRanges(recipe.keep, duration);
  if (ranges.length === 0) throw new AppError("format_unavailable", "the clip lies beyond the end of the media");
  const { video, audio, videoEncoding } = form;
  const offset = (video && startOffsets([video, audio]).get(video.file.path)) ?? 0;
  const aligned =
    video && !videoEncoding ? await alignToKeyFrames(tools, ranges, { ...video, offset }, signal) : ranges;
  return isWhole(aligned, duration) ? null : aligned;
}

/** How long the media of the used streams is, in seconds; null when unknown. */
export function usedDuration({ video, audio }: Form): number | null {
  const offsets = startOffsets([video, audio]);
  const ends = [video, audio].flatMap((source) => {
    if (source === null || source.file.durationSeconds === null) return [];
    return source.file.durationSeconds + (offsets.get(source.file.path) ?? 0);
  });
  return ends.length === 0 ? null : Math.max(...ends);
}
