import type { TimeRange } from "../../../pipeline/timeline/time-ranges.ts";
import type { Source } from "./codecs.ts";
import type { Call } from "./command.ts";

/** Inputs of a call, and how the output options refer to their video and audio. */
export interface MediaInputs {
  readonly inputs: Call["inputs"];
  readonly graph: string | null;
  readonly video: string | null;
  readonly audio: string | null;
}

/** Seeks to a time range of an input. Bounds that are the media's own are omitted, so that rounding cuts nothing off there. */
function seekOptions(range: TimeRange | null, durationSeconds: number | null): string[] {
  if (range === null) return [];
  const toTheEnd = range.endSeconds >= (durationSeconds ?? Number.POSITIVE_INFINITY) - 0.001;
  return [
    ...(range.startSeconds > 0 ? ["-ss", range.startSeconds.toFixed(6)] : []),
    ...(toTheEnd ? [] : ["-to", range.endSeconds.toFixed(6)]),
  ];
}

/**
 * The files of the streams, once for each time range; several ranges are joined by a filter, which requires re-encoding all
 * streams. Each range is an input with a seek of its own, so nothing in between is decoded.
 */
export function mediaInputs(
  video: Source | null,
  audio: Source | null,
  ranges: readonly TimeRange[] | null,
): MediaInputs {
  const inputs: Call["inputs"][number][] = [];
  const used = [video, audio].filter((source) => source !== null);
  const pads: string[][] = [];
  for (const range of ranges ?? [null]) {
    const numbers = new Map<string, number>();
    pads.push(
      used.map(({ file, index }) => {
        const number =
          numbers.get(file.path) ??
          inputs.push({ path: file.path, options: seekOptions(range, file.durationSeconds) }) - 1;
        numbers.set(file.path, number);
        return `${number}:${index}`;
      }),
    );
  }
  const [first = []] = pads;
  if (pads.length === 1) {
    return {
      inputs,
      graph: null,
      video: video ? (first[0] ?? null) : null,
      audio: audio ? (first.at(-1) ?? null) : null,
    };
  }
  const outputs = `${video ? "[v]" : ""}${audio ? "[a]" : ""}`;
  const joined = pads.flat().map((pad) => `[${pad}]`);
  return {
    inputs,
    graph: `${joined.join("")}concat=n=${pads.length}:v=${video ? 1 : 0}:a=${audio ? 1 : 0}${outputs}`,
    video: video ? "[v]" : null,
    audio: audio ? "[a]" : null,
  };
}

/** A list for the concat demuxer, of segments in the same folder. */
export function listInputs(listPath: string, hasVideo: boolean, hasAudio: boolean): MediaInputs {
  return {
    inputs: [{ path: listPath, options: ["-f", "concat"] }],
    graph: null,
    video: hasVideo ? "0:v:0" : null,
    audio: hasAudio ? "0:a:0" : null,
  };
}

/** Appends audio filters, in the graph when there is one. */
export function filterAudio(
  media: MediaInputs,
  filters: readonly string[],
): Pick<Call, "graph" | "audioFilters"> & { readonly audio: string | null } {
  if (filters.length === 0 || media.audio === null) return { graph: media.graph, audioFilters: [], audio: media.audio };
  if (media.graph === null) return { graph: null, audioFilters: filters, audio: media.audio };
  return { graph: `${media.graph};${media.audio}${filters.join(",")}[sound]`, audioFilters: [], audio: "[sound]" };
}
