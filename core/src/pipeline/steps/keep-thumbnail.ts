import type { Resolution } from "../downloader.ts";
import type { ResultFile } from "../result-file.ts";
import { defineStep, type Step } from "../step.ts";

/** Makes the cover, if there is one, a file of the result. */
export function keepThumbnail(resolved: Step<Resolution>, cover: Step<string | null>): Step<readonly ResultFile[]> {
  return defineStep({
    name: "thumbnail",
    stage: "processing",
    weight: 0.1,
    inputs: { resolution: resolved, path: cover },
    run: async ({ resolution, path }) => {
      if (path === null) return [];
      const { title } = resolution.media;
      return [{ kind: "thumbnail", path, title, extension: "jpg", language: null, automatic: null, media: null }];
    },
  });
}
