import type { TimeRange } from "../../../pipeline/timeline/time-ranges.ts";
import type { Call } from "./command.ts";
import type { Form, Source } from "./form.ts";
import { joinRanges, type Piece } from "./range-filters.ts";
import { startOffsets } from "./start-offsets.ts";

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

/** Of a stream that is copied: whether it is the picture. */
interface Copied {
  readonly isPicture: boolean;
}

/**
 * Seeks to a range of an input that is copied as it is, or whose sound is encoded beside such a picture. Bounds that are the media's
 * own are omitted, so that rounding cuts nothing off there.
 * @param offset how much later than the media its file begins, in seconds.
 * @param copied null: it is encoded.
 */
function seekOptions(source: Source, range: TimeRange | null, offset: number, copied: Copied | null): string[] {
  const { file, stream } = source;
  if (range === null) return offset > 0 ? ["-itsoffset", offset.toFixed(6)] : [];
  const toTheEnd = range.endSeconds >= (file.durationSeconds ?? Number.POSITIVE_INFINITY) + offset - 0.001;
  const from = Math.max(0, range.startSeconds - offset);
  // Without this a copy would begin a whole group of pictures early.
  const isReordered = copied?.isPicture === true && stream.hasBFrames;
  const back = isReordered && file.format.startsWith("matroska") && from > 0 ? reorderingSeek : 0;
  // A file that begins after the start of the range comes in later.
  const delay = Math.max(0, offset - range.startSeconds) + back;
  // Packets are copied up to an end on the clock of the result, and frames up to a length. A picture is decoded before it is shown.
  const early = isReordered ? reorderedFrames / (stream.fps ?? 25) : 0;
  const to = range.endSeconds - offset + (copied ? delay : 0) - early;
  return [
    ...(from > 0 ? ["-ss", (from + back).toFixed(6)] : []),
    ...(delay > 0 ? ["-itsoffset", delay.toFixed(6)] : []),
    ...(toTheEnd ? [] : ["-to", to.toFixed(6)]),
  ];
}

/** So many frames earlier an encoder usually stores one than it is shown. */
const reorderedFrames = 3;

/** Seeks to where the decoding of a range begins; what lies before the range and behind it is left to filters. */
function decodeOptions(offset: number, startSeconds: number): string[] {
  const from = Math.max(0, startSeconds - offset);
  const delay = Math.max(0, offset - startSeconds);
  return [
    // What is decoded before the start is shown there until the next frame.
    ...(from > 0 ? ["-noaccurate_seek", "-ss", from.toFixed(6)] : []),
    ...(delay > 0 ? ["-itsoffset", delay.toFixed(6)] : []),
  ];
}

/**
 * The files of the streams, once for each time range and way to seek. Each range is an input with a seek of its own, so nothing in
 * between is decoded. Of streams that are all encoded filters keep the ranges, and join them; else there is one range at most.
 */
export function mediaInputs(
  { video, beside, sounds, videoEncoding }: Pick<Form, "video" | "beside" | "sounds" | "videoEncoding">,
  ranges: readonly UsedRange[] | null,
): MediaInputs {
  const inputs: Call["inputs"][number][] = [];
  const offsets = startOffsets([video ?? beside ?? null, ...sounds.map(({ source }) => source)]);
  const offsetOf = ({ file }: Source) => offsets.get(file.path) ?? 0;
  const open = ({ file, index }: Source, options: string[]): string => {
    const known = inputs.findIndex((input) => input.path === file.path && isSame(input.options, options));
    const number = known >= 0 ? known : inputs.push({ path: file.path, options }) - 1;
    return `${number}:${index}`;
  };
  const isEncoded = (video === null || videoEncoding !== null) && sounds.every(({ encoding }) => encoding !== null);
  if (ranges === null || !isEncoded) {
    const range = ranges?.[0] ?? null;
    const options = (source: Source, copied: Copied | null) => seekOptions(source, range, offsetOf(source), copied);
    const picture = video && open(video, options(video, videoEncoding === null ? { isPicture: true } : null));
    const heard = sounds.map(({ source, encoding }) =>
      open(source, options(source, encoding === null ? { isPicture: false } : null)),
    );
    return { inputs, graph: null, video: picture, audio: heard };
  }
  // FFmpeg begins a graph anew when the size of a picture changes, and loses what it has joined.
  const keepsGraph = ranges.length > 1 ? ["-reinit_filter:v", "0"] : [];
  const pieces = ranges.map((range): Piece => {
    const { startSeconds, decodeFrom = startSeconds } = range;
    return {
      range,
      picture: video && {
        pad: open(video, [...keepsGraph, ...decodeOptions(offsetOf(video), decodeFrom)]),
        startsAt: startSeconds - decodeFrom,
        ...{ fps: video.stream.fps, width: video.stream.width, height: video.stream.height },
      },
      sounds: sounds.map(({ source }) =>
        open(source, [...(video === null ? [] : keepsGraph), ...decodeOptions(offsetOf(source), startSeconds)]),
      ),
    };
  });
  return { inputs, ...joinRanges(pieces) };
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
