import { AppError } from "../../errors/app-error.ts";
import type { Attempt } from "../attempt.ts";
import { expectedBytes, type Resolution } from "../downloader.ts";
import { defineStep, type Step } from "../step.ts";

/** Merging and cutting keep the inputs until the result is complete, so the disk must hold both, and some more. */
const roomFactor = 2.5;

/** Refuses media that is too large or does not fit on the disk, before fetching. Its output is the admitted resolution. */
export function admit({ deps, folder, limits }: Attempt, resolved: Step<Resolution>): Step<Resolution> {
  return defineStep({
    name: "admit",
    stage: "resolving",
    weight: 0.1,
    inputs: { resolution: resolved },
    run: async ({ resolution }) => {
      const { maxFileBytes, minFreeBytes } = limits;
      const expected = expectedBytes(resolution.streams);
      if (maxFileBytes !== null && expected > maxFileBytes) {
        throw new AppError("file_too_large", `The video has about ${expected} bytes; ${maxFileBytes} are allowed.`);
      }
      const free = (await deps.workFolders.freeBytes()) + (await folder.size());
      if (free < expected * roomFactor + minFreeBytes) {
        throw new AppError("disk_full", "The worker's disk has no room for this video right now.");
      }
      return resolution;
    },
  });
}
