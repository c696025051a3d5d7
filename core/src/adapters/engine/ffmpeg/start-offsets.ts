import type { MediaFile } from "../../../pipeline/transcoder.ts";
import { clockDistance } from "../media-index/index.ts";
import type { Source } from "./form.ts";

/** Files that begin further apart do not share a clock, in seconds. */
const furthestApart = 5;

/** By which clock a file says when it begins, and when that is. */
function clockOf({ format, startSeconds, transportSeconds }: MediaFile) {
  if (transportSeconds !== undefined) return { name: "mpegts", at: transportSeconds };
  return { name: format, at: startSeconds };
}

/** Of segments; files of other kinds begin at zero, or nearly. */
const isFarFromZero = ({ name, at }: ReturnType<typeof clockOf>): boolean =>
  (name === "mpegts" || name.startsWith("mov,")) && at > furthestApart;

/**
 * How much later than the media each file begins. FFmpeg moves every input to zero, but separate renditions of a stream share a
 * clock and need not start together; files of different formats, or far apart, have clocks of their own. Clocks that are near each other, but
 * far from zero, are no coincidence. Files that are a part of their source begin where it does.
 */
export function startOffsets(sources: readonly (Source | null)[]): ReadonlyMap<string, number> {
  const files = sources.flatMap((source) => source?.file ?? []);
  const clocks = files.map(clockOf);
  const [one] = clocks;
  const starts = clocks.map(({ name, at }) =>
    name === "mpegts" && one?.name === name ? clockDistance(one.at, at) : at - (one?.at ?? 0),
  );
  // Where the source would begin on the clock of each.
  const origins = files.map(({ beginsAtSeconds = 0 }, index) => (starts[index] ?? 0) - beginsAtSeconds);
  const areAlike = clocks.every(({ name }) => name === one?.name) || clocks.every(isFarFromZero);
  if (!areAlike || Math.max(...origins) - Math.min(...origins) > furthestApart)
    return new Map(files.map(({ path, beginsAtSeconds = 0 }) => [path, beginsAtSeconds]));
  // A part knows it; what is there as a whole may begin later than its source.
  const origin = origins[files.findIndex(({ beginsAtSeconds }) => beginsAtSeconds !== undefined)];
  return new Map(files.map(({ path }, index) => [path, (starts[index] ?? 0) - (origin ?? Math.min(...origins))]));
}
