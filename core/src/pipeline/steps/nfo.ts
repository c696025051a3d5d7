import { resultName } from "../../library/result-name.ts";
import type { Attempt } from "../attempt.ts";
import type { Resolution } from "../downloader.ts";
import { nfoOf } from "../nfo.ts";
import type { ResultFile } from "../result-file.ts";
import { defineStep, type Step } from "../step.ts";
import { type Cut, uncut } from "../timeline/cut.ts";

/** Writes an NFO file beside each result: media servers find it by its name. */
export function writeNfo(
  { job, folder }: Attempt,
  inputs: {
    readonly resolution: Step<Resolution>;
    /** Null: no media is fetched, for a transcript. */
    readonly cuts: Step<readonly Cut[]> | null;
  },
): Step<readonly ResultFile[]> {
  return defineStep({
    name: "nfo",
    stage: "processing",
    weight: 0.1,
    inputs,
    run: async ({ resolution: { media, details }, cuts }) => {
      const files: ResultFile[] = [];
      for (const [index, cut] of (cuts ?? [uncut]).entries()) {
        const path = await folder.write(`media-${index}.nfo`, nfoOf(media, cut, details));
        const name = resultName(job.request, media, cut);
        files.push({ kind: "info", path, name, extension: "nfo", language: null, automatic: null, media: null });
      }
      return files;
    },
  });
}
