import { resultName } from "../../library/result-name.ts";
import type { Attempt } from "../attempt.ts";
import type { Resolution } from "../downloader.ts";
import { infoJson } from "../info-json.ts";
import type { ResultFile } from "../result-file.ts";
import { defineStep, type Step } from "../step.ts";
import { uncut } from "../timeline/cut.ts";

/** Writes the metadata of the video as a JSON file. */
export function writeInfo({ job, folder }: Attempt, resolved: Step<Resolution>): Step<readonly ResultFile[]> {
  return defineStep({
    name: "info",
    stage: "processing",
    weight: 0.1,
    inputs: { resolution: resolved },
    run: async ({ resolution: { media, details } }) => {
      const path = await folder.write("media.json", infoJson(media, details));
      const name = resultName(job.request, media, uncut);
      return [{ kind: "info", path, name, extension: "info.json", language: null, automatic: null, media: null }];
    },
  });
}
