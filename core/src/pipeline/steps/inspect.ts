import { AppError } from "../../errors/app-error.ts";
import type { Media } from "../../jobs/media.ts";
import { together } from "../../runtime/together.ts";
import type { Attempt } from "../attempt.ts";
import type { FetchedStream, Resolution } from "../downloader.ts";
import { defineStep, type Step } from "../step.ts";
import type { MediaFile } from "../transcoder.ts";

/** Inspects the fetched files, and refuses truncated ones. */
export function inspectStreams(
  { deps }: Attempt,
  resolved: Step<Resolution>,
  fetched: Step<readonly FetchedStream[]>,
): Step<readonly MediaFile[]> {
  return defineStep({
    name: "inspect",
    stage: "processing",
    weight: 1,
    inputs: { resolution: resolved, streams: fetched },
    run: async ({ resolution, streams }, run) => {
      const files = await together(
        run.signal,
        streams.map(({ path, sha256 }) => async (signal) => {
          const file = await deps.transcoder.inspect(path, { signal });
          return sha256 == null ? file : { ...file, sha256 };
        }),
      );
      refuseTruncated(files, resolution.media);
      return files;
    },
  });
}

/** Refuses fetched media that is shorter than the source says: a truncated download can look like a complete file. */
export function refuseTruncated(files: readonly MediaFile[], media: Media): void {
  for (const { bytes, durationSeconds } of files) {
    if (bytes === 0) throw new AppError("output_invalid", "The source sent an empty file.");
    if (durationSeconds === null || media.durationSeconds === null) continue;
    if (durationSeconds < media.durationSeconds * 0.9 - 2) {
      const detail = `The source sent ${durationSeconds.toFixed(1)} of ${media.durationSeconds} seconds.`;
      throw new AppError("output_invalid", detail);
    }
  }
}
