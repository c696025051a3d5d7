import { resultName } from "../../library/result-name.ts";
import type { Attempt } from "../attempt.ts";
import type { Resolution } from "../downloader.ts";
import type { ResultFile } from "../result-file.ts";
import { defineStep, type Step } from "../step.ts";
import { uncut } from "../timeline/cut.ts";

/** Makes the cover, if there is one, a file of the result. */
export function keepThumbnail(
  { job }: Attempt,
  resolved: Step<Resolution>,
  cover: Step<string | null>,
): Step<readonly ResultFile[]> {
  return defineStep({
    name: "thumbnail",
    stage: "processing",
    weight: 0.1,
    inputs: { resolution: resolved, path: cover },
    run: async ({ resolution, path }) => {
      if (path === null) return [];
      const name = resultName(job.request, resolution.media, uncut);
      const extension = path.slice(path.lastIndexOf(".") + 1);
      return [{ kind: "thumbnail", path, name, extension, language: null, automatic: null, media: null }];
    },
  });
}
