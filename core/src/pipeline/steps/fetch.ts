import type { Attempt } from "../attempt.ts";
import type { FetchedStream, Resolution } from "../downloader.ts";
import { defineStep, type Step } from "../step.ts";

/** Fetches the chosen streams; partial files are continued. */
export function fetchStreams(
  { deps, folder, egress, limits }: Attempt,
  admitted: Step<Resolution>,
): Step<readonly FetchedStream[]> {
  return defineStep({
    name: "fetch",
    stage: "downloading",
    weight: 86,
    inputs: { resolution: admitted },
    files: filesOf,
    run: ({ resolution }, { signal, report }) =>
      deps.downloader.fetch(resolution, {
        folder,
        egress,
        signal,
        onProgress: ({ fraction, ...figures }) => report(fraction, figures),
        maxBytes: limits.maxFileBytes,
        stallMs: limits.stallMs,
      }),
  });
}

/** The files that fetched streams consist of. */
export const filesOf = (streams: readonly FetchedStream[]): readonly string[] =>
  streams.flatMap(({ path, periods }) => periods?.flatMap((period) => period.path ?? []) ?? [path]);
