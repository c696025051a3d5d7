import type { TimeRange } from "../../../pipeline/timeline/time-ranges.ts";
import type { Call } from "./command.ts";
import type { Form, Source } from "./form.ts";

/** Inputs of a call, and how the output options refer to their video and audio. */
export interface MediaInputs {
  readonly inputs: Call["inputs"];
  readonly graph: string | null;
  readonly video: string | null;
  readonly audio: readonly string[];
}

/** A range of the media to be used. */
export interface UsedRange extends TimeRange {
  /**
   * Where decoding of the picture has to begin, at or before the start, in seconds: in files without an index a seek lands
   * anywhere, and nothing can be decoded before the next key frame. Absent: FFmpeg finds the start by itself.
   */
  readonly decodeFrom?: number;
}

/** FFmpeg seeks so much further back, in seconds, in reordered pictures of a container that is not indexed by presentation time. */
const reorderingSeek = 3 / 23;

/**
 * Seeks to a range of an input. Bounds that are the media's own are omitted, so that rounding cuts nothing off there.
 * @param offset how much later than the media its file begins, in seconds.
 */
function seekOptions(source: Source, range: UsedRange | null, offset: number, isCopiedPicture: boolean): string[] {
  const { file, stream } = source;
  if (range === null) return offset > 0 ? ["-itsoffset", offset.toFixed(6)] : [];
  const toTheEnd = range.endSeconds >= (file.durationSeconds ?? Number.POSITIVE_INFINITY) + offset - 0.001;
  const start = (stream.kind === "video" ? range.decodeFrom : undefined) ?? range.startSeconds;
  const from = Math.max(0, start - offset);
  // Without this a copy would begin a whole group of pictures early.
  const isReordered = isCopiedPicture && stream.hasBFrames && file.format.startsWith("matroska");
  const back = isReordered && from > 0 ? reorderingSeek : 0;
  // A file that begins after the start of the range comes in later.
  const delay = Math.max(0, offset - start) + back;
  return [
    ...(from > 0 ? ["-ss", (from + back).toFixed(6)] : []),
    ...(delay > 0 ? ["-itsoffset", delay.toFixed(6)] : []),
    ...(toTheEnd ? [] : ["-to", (range.endSeconds - offset + back).toFixed(6)]),
  ];
}

/** Files that begin further apart do not share a clock, in seconds. */
const furthestApart = 5;

/**
 * How much later than the media each file begins. FFmpeg moves every input to zero, but separate renditions of a stream share a
 * clock and need not start together; files of different formats, or far apart, have clocks of their own. Those that are a part of
 * their source begin where it does.
 */
export function startOffsets(sources: readonly (Source | null)[]): ReadonlyMap<string, number> {
  const files = sources.flatMap((source) => source?.file ?? []);
  const starts = files.map(({ startSeconds }) => startSeconds);
  const first = Math.min(...starts);
  const isShared =
    files.every(({ format }) => format === files[0]?.format) && Math.max(...starts) - first <= furthestApart;
  if (!isShared) return new Map(files.map(({ path, beginsAtSeconds = 0 }) => [path, beginsAtSeconds]));
  const { beginsAtSeconds = 0 } = files.find(({ startSeconds }) => startSeconds === first) ?? {};
  return new Map(files.map(({ path, startSeconds }) => [path, beginsAtSeconds + startSeconds - first]));
}

/**
 * The files of the streams, once for each time range and way to seek; several ranges are joined by a filter, which requires
 * re-encoding all streams. Each range is an input with a seek of its own, so nothing in between is decoded.
 */
export function mediaInputs(
  { video, beside, sounds, videoEncoding }: Pick<Form, "video" | "beside" | "sounds" | "videoEncoding">,
  ranges: readonly UsedRange[] | null,
): MediaInputs {
  const inputs: Call["inputs"][number][] = [];
  const offsets = startOffsets([video ?? beside ?? null, ...sounds.map(({ source }) => source)]);
  const open = (source: Source, range: UsedRange | null): string => {
    const offset = offsets.get(source.file.path) ?? 0;
    const options = seekOptions(source, range, offset, source === video && videoEncoding === null);
    const known = inputs.findIndex((input) => input.path === source.file.path && isSame(input.options, options));
    const number = known >= 0 ? known : inputs.push({ path: source.file.path, options }) - 1;
    return `${number}:${source.index}`;
  };
  const filters: string[] = [];
  const pads = (ranges ?? [null]).map((range, index) => {
    const picture = video && open(video, range);
    const heard = sounds.map(({ source }) => open(source, range));
    if (picture === null || range?.decodeFrom === undefined) return { picture, heard };
    const [start, end] = [range.startSeconds - range.decodeFrom, range.endSeconds - range.decodeFrom];
    filters.push(`[${picture}]trim=start=${start}:end=${end},setpts=PTS-${start}/TB[v${index}]`);
    return { picture: `[v${index}]`, heard };
  });
  const [first] = pads;
  if (pads.length === 1) {
    const { picture = null, heard = [] } = first ?? {};
    return { inputs, graph: filters.length === 0 ? null : filters.join(";"), video: picture, audio: heard };
  }
  const audio = sounds.map((_, index) => `[a${index}]`);
  const joined = pads.flatMap(({ picture, heard }) => [picture, ...heard]).filter((pad) => pad !== null);
  const count = `n=${pads.length}:v=${video ? 1 : 0}:a=${sounds.length}`;
  filters.push(`${joined.map(bracketed).join("")}concat=${count}${video ? "[v]" : ""}${audio.join("")}`);
  return { inputs, graph: filters.join(";"), video: video ? "[v]" : null, audio };
}

const isSame = (one: readonly string[], other: readonly string[]) => one.join(" ") === other.join(" ");
const bracketed = (pad: string) => (pad.startsWith("[") ? pad : `[${pad}]`);

/** A list for the concat demuxer, of segments in the same folder. */
export function listInputs(listPath: string, hasVideo: boolean, soundCount: number): MediaInputs {
  return {
    inputs: [{ path: listPath, options: ["-f", "concat"] }],
    graph: null,
    video: hasVideo ? "0:v:0" : null,
    audio: Array.from({ length: soundCount }, (_, index) => `0:a:${index}`),
  };
}

/** The pads of the output's streams, and the filters before them. */
export type Filtered = Pick<Call, "graph" | "videoFilters" | "audioFilters"> & Pick<MediaInputs, "video" | "audio">;

/** Appends filters to the picture and to each sound, in the graph where there is one. */
export function filtered(
  media: MediaInputs,
  filters: { readonly video: readonly string[]; readonly audio: readonly (readonly string[])[] },
): Filtered {
  const graph: string[] = media.graph === null ? [] : [media.graph];
  const throughGraph = (pad: string, chain: readonly string[], name: string) => {
    graph.push(`${bracketed(pad)}${chain.join(",")}[${name}]`);
    return `[${name}]`;
  };
  const videoGoes = goesThroughGraph(media.video, filters.video);
  const video = media.video !== null && videoGoes ? throughGraph(media.video, filters.video, "video") : media.video;
  const chains = media.audio.map((_, index) => filters.audio[index] ?? []);
  // Filters of the command line apply to all sounds.
  const isOne = media.audio.length === 1;
  const audio = media.audio.map((pad, index) => {
    const chain = chains[index] ?? [];
    const goes = chain.length > 0 && (!isOne || goesThroughGraph(pad, chain));
    return goes ? throughGraph(pad, chain, `audio${index}`) : pad;
  });
  return {
    graph: graph.length === 0 ? null : graph.join(";"),
    videoFilters: videoGoes ? [] : filters.video,
    audioFilters: isOne && audio[0] === media.audio[0] ? (chains[0] ?? []) : [],
    video,
    audio,
  };
}

/** What a graph makes goes through a graph; only a stream of a file takes filters of its own. */
const goesThroughGraph = (pad: string | null, chain: readonly string[]) =>
  pad !== null && chain.length > 0 && pad.startsWith("[");
