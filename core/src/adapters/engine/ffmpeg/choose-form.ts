import { AppError } from "../../../errors/index.ts";
import type { Recipe } from "../../../pipeline/transcoder.ts";
import { audioForm } from "./audio-form.ts";
import type { Form, Source } from "./form.ts";
import { videoForm } from "./video-form.ts";

/** The part of a recipe that decides the form. */
export type FormRecipe = Pick<Recipe, "inputs" | "target" | "keep" | "exact" | "burnIn">;

/**
 * Decides which streams go into the result and which of them must be re-encoded.
 * @throws AppError `format_unavailable` when the source has no stream of the wanted kind.
 */
export function chooseForm(recipe: FormRecipe): Form {
  const video = findSource(recipe, "video");
  const audio = findSource(recipe, "audio");
  const { target, keep, exact, burnIn } = recipe;
  if (target.kind === "video") {
    if (!video) throw new AppError("format_unavailable", "the source has no picture, only sound");
    return videoForm(target.container, video, audio, {
      isCut: keep !== null,
      isExact: exact,
      burnIn,
    });
  }
  if (!audio) throw new AppError("format_unavailable", "the source has no sound");
  return audioForm(target, audio);
}

/** Whether the source has a stream of the target's kind. */
export function hasNeededStream(recipe: Pick<FormRecipe, "inputs" | "target">): boolean {
  return findSource(recipe, recipe.target.kind) !== null;
}

/** The stream of a kind to use: preferably from a file that has no other kind, since that file was selected for it. */
function findSource({ inputs }: Pick<Recipe, "inputs">, kind: "video" | "audio"): Source | null {
  const sources = inputs.flatMap((file) =>
    file.streams.flatMap((stream, index) =>
      stream.kind === kind && !stream.attachedPicture ? [{ file, index, stream }] : [],
    ),
  );
  const alone = sources.filter(({ file }) =>
    file.streams.every((stream) => stream.kind === kind || stream.attachedPicture),
  );
  const candidates = alone.length > 0 ? alone : sources;
  // A file may have several tracks; its maker says which one is meant to be played.
  return candidates.find(({ stream }) => stream.isDefault) ?? candidates[0] ?? null;
}
