import { AppError } from "../errors/app-error.ts";
import type { Media } from "../jobs/media.ts";
import { expectedDuration } from "./make-recipe.ts";
import type { MediaFile, Recipe } from "./transcoder.ts";

/** Cutting at key frames may give this much more at either end, in seconds. */
const keyFrameTolerance = 12;

const invalid = (detail: string): AppError => new AppError("output_invalid", detail);

/** Refuses fetched media that is shorter than the source says: a cut-off download can look like a whole file. */
export function verifyFetched(inputs: readonly MediaFile[], media: Media): void {
  for (const input of inputs) {
    if (input.bytes === 0) throw invalid("The source sent an empty file.");
    const { durationSeconds } = input;
    if (durationSeconds === null || media.durationSeconds === null) continue;
    if (durationSeconds < media.durationSeconds * 0.9 - 2) {
      throw invalid(`The source sent ${durationSeconds.toFixed(1)} of ${media.durationSeconds} seconds.`);
    }
  }
}

/** Refuses a result that is not what the recipe asked for: streams, duration, size. */
export function verifyOutput(recipe: Recipe, result: MediaFile): void {
  if (result.bytes === 0) throw invalid("The result is empty.");
  const has = (file: MediaFile, kind: "video" | "audio") =>
    file.streams.some((stream) => stream.kind === kind && !stream.attachedPicture);
  const sourceHas = (kind: "video" | "audio") => recipe.inputs.some((input) => has(input, kind));
  if (recipe.target.kind === "video" && sourceHas("video") && !has(result, "video"))
    throw invalid("The result has no picture.");
  if (recipe.target.kind === "audio" && has(result, "video")) throw invalid("The audio file holds video.");
  if (sourceHas("audio") && !has(result, "audio")) throw invalid("The result has no sound.");
  const expected = expectedDuration(recipe);
  if (expected === null || result.durationSeconds === null) return;
  const cuts = recipe.keep !== null && !recipe.exact ? keyFrameTolerance * recipe.keep.length : 0;
  const tolerance = Math.max(2, expected * 0.03) + cuts;
  if (Math.abs(result.durationSeconds - expected) > tolerance) {
    throw invalid(`The result lasts ${result.durationSeconds.toFixed(1)} s instead of ${expected.toFixed(1)} s.`);
  }
}
