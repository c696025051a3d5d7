import type { Attempt } from "../attempt.ts";
import type { Resolution } from "../downloader.ts";
import { defineStep, type Step } from "../step.ts";

/** Extracts the link, and selects what to fetch. The rest of the plan depends on it. */
export function resolve({ deps, job, folder, egress }: Attempt): Step<Resolution> {
  return defineStep({
    name: "resolve",
    stage: "resolving",
    weight: 1,
    inputs: {},
    run: async (_, { signal, warn }) => {
      const resolution = await deps.downloader.resolve(job.request, { folder, egress, signal });
      for (const warning of resolution.warnings) warn(warning);
      return resolution;
    },
  });
}
