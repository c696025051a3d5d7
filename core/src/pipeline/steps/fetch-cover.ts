import type { Warning } from "../../jobs/job.ts";
import type { Attempt } from "../attempt.ts";
import type { Resolution } from "../downloader.ts";
import { defineStep, type Step } from "../step.ts";

const missing: Warning = {
  code: "thumbnail_missing",
  detail: "The source has no thumbnail that could be used.",
};

/**
 * Fetches the thumbnail and makes a picture of it in the wished format, or a JPEG to be put into the media; null when there is none. Best effort: sites send pages instead of pictures,
 * and malformed or malicious pictures; the video does not depend on it.
 */
export function fetchCover({ deps, job, folder, egress }: Attempt, admitted: Step<Resolution>): Step<string | null> {
  return defineStep({
    name: "cover",
    stage: "downloading",
    weight: 2,
    inputs: { resolution: admitted },
    files: (path) => (path === null ? [] : [path]),
    otherwise: { output: null, warning: () => missing },
    run: async ({ resolution }, { signal, warn }) => {
      const picture = await deps.downloader.fetchThumbnail(resolution, { folder, egress, signal });
      const format = (job.request.thumbnail === "file" ? job.request.thumbnailFormat : undefined) ?? "jpg";
      if (picture !== null) return await deps.transcoder.toPicture(picture, `${folder.path}/cover`, { format, signal });
      warn(missing);
      return null;
    },
  });
}
