import type { Attempt } from "../attempt.ts";
import type { FetchedSubtitles, Resolution } from "../downloader.ts";
import { defineStep, type Step } from "../step.ts";

/** Fetches the captions that the request wishes for. Best effort: what is missing is a warning. */
export function fetchCaptions({ deps, job, folder }: Attempt, admitted: Step<Resolution>) {
  return defineStep({
    name: "captions",
    stage: "downloading",
    weight: 4,
    inputs: { resolution: admitted },
    otherwise: {
      output: [],
      warning: ({ message }) => ({ code: "subtitles_missing", detail: `No subtitles: ${message}` }),
    },
    run: async ({ resolution }, { signal, warn }): Promise<readonly FetchedSubtitles[]> => {
      const fetched = await deps.downloader.fetchSubtitles(job.request, resolution, { folder, signal });
      for (const warning of fetched.warnings) warn(warning);
      return fetched.subtitles;
    },
  });
}
