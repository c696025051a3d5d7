import { AppError } from "../../errors/app-error.ts";
import type { Attempt } from "../attempt.ts";
import type { ResultFile } from "../result-file.ts";
import { defineStep, type Step } from "../step.ts";
import { longestDuration, streamDuration } from "../timeline/kept-ranges.ts";
import { clampRanges, totalSeconds } from "../timeline/time-ranges.ts";
import type { MediaFile, Recipe } from "../transcoder.ts";
import { lostOf } from "./lost.ts";
import type { ShapedFile } from "./shape.ts";

/** Verifies the produced files against the request; only verified files become results. */
export function verifyMedia({ limits }: Attempt, shaped: Step<readonly ShapedFile[]>): Step<readonly ResultFile[]> {
  return defineStep({
    name: "verify",
    stage: "processing",
    weight: 0.1,
    inputs: { files: shaped },
    run: async ({ files }, { warn }) =>
      files.map(({ recipe, media, name }) => {
        verifyOutput(recipe, media);
        for (const warning of lostOf(recipe, media)) warn(warning);
        if (limits.maxFileBytes !== null && media.bytes > limits.maxFileBytes) {
          const detail = `The result has ${media.bytes} bytes; ${limits.maxFileBytes} are allowed.`;
          throw new AppError("file_too_large", detail);
        }
        return {
          kind: recipe.target.kind,
          path: media.path,
          name,
          extension: media.path.slice(media.path.lastIndexOf(".") + 1),
          language: null,
          automatic: null,
          media,
        };
      }),
  });
}

const invalid = (detail: string): AppError => new AppError("output_invalid", detail);

/** Refuses a result that does not match the recipe: streams, duration, size. */
export function verifyOutput(recipe: Recipe, result: MediaFile): void {
  if (result.bytes === 0) throw invalid("The result is empty.");
  const has = (file: MediaFile, kind: "video" | "audio") =>
    file.streams.some((stream) => stream.kind === kind && !stream.attachedPicture);
  const sourceHas = (kind: "video" | "audio") => recipe.inputs.some((input) => reaches(recipe, input, kind));
  if (recipe.target.kind === "video" && sourceHas("video") && !has(result, "video"))
    throw invalid("The result has no picture.");
  if (recipe.target.kind === "audio" && has(result, "video")) throw invalid("The audio file holds video.");
  if (sourceHas("audio") && !has(result, "audio")) throw invalid("The result has no sound.");
  const expected = expectedDuration(recipe);
  if (expected === null || result.durationSeconds === null) return;
  const tolerance = Math.max(2, expected * 0.03);
  if (
    result.durationSeconds < expected - tolerance ||
    result.durationSeconds > longestResult(recipe, expected) + tolerance
  ) {
    throw invalid(`The result lasts ${result.durationSeconds.toFixed(1)} s instead of ${expected.toFixed(1)} s.`);
  }
}

/** The longest sound of these files, in seconds: it may end before the picture does. Null when unknown. */
function longestSound(inputs: readonly MediaFile[]): number | null {
  const lengths = inputs.flatMap((file) =>
    file.streams.flatMap((stream) => {
      const seconds = stream.kind === "audio" ? streamDuration(file, stream) : null;
      return seconds === null ? [] : [seconds + (file.beginsAtSeconds ?? 0)];
    }),
  );
  return lengths.length === 0 ? null : Math.max(...lengths);
}

/**
 * How long the result may be, in seconds. All sound may last as long as its source: of fragmented MP4, ffprobe leaves the last
 * fragment out of the length of a sound.
 */
function longestResult({ keep, target, inputs }: Recipe, expected: number): number {
  if (keep !== null || target.kind !== "audio") return expected;
  return Math.max(expected + latestStart(inputs), longestDuration(inputs) ?? expected);
}

/** How much later than its picture a sound begins; files differ in whether they count that as a part of its length. */
function latestStart(inputs: readonly MediaFile[]): number {
  const sounds = inputs.flatMap(({ streams }) => streams.filter(({ kind }) => kind === "audio"));
  return Math.max(0, ...sounds.map(({ beginsAfterSeconds = 0 }) => beginsAfterSeconds));
}

/** Less of a stream than this is no more than a frame that goes on into a piece, in seconds. */
const leastSeconds = 0.1;

/** Whether a file has picture, or sound, in anything that is kept. One that ends early may have none there. */
function reaches({ keep }: Recipe, { streams, beginsAtSeconds = 0 }: MediaFile, kind: "video" | "audio"): boolean {
  const startSeconds = Math.min(...(keep ?? []).map((range) => range.startSeconds));
  return streams.some(
    ({ kind: own, attachedPicture, durationSeconds = Number.POSITIVE_INFINITY }) =>
      own === kind &&
      !attachedPicture &&
      (keep === null || beginsAtSeconds + durationSeconds > startSeconds + leastSeconds),
  );
}

/** How long the result of a recipe should be, in seconds; null when unknown. */
function expectedDuration(recipe: Recipe): number | null {
  const source = longestDuration(recipe.inputs);
  if (recipe.keep === null) return recipe.target.kind === "audio" ? longestSound(recipe.inputs) : source;
  const seconds = totalSeconds(clampRanges(recipe.keep, source));
  return Number.isFinite(seconds) ? seconds : null;
}
