import { readTimecode, type Timecode, type TimecodeSample } from "./read.ts";

/** A time range of the source. */
interface TimeRange {
  readonly startSeconds: number;
  readonly endSeconds: number;
}

/** One range, or several in order. */
type Within = TimeRange | readonly TimeRange[];

/** How exact a result must be, and what there was to keep. */
export interface JudgeOptions {
  /** How far a moment may lie from where it belongs, in seconds. Default: 0.125: three frames, or five of a sound codec. */
  readonly tolerance?: number;
  /** What must be there; anything else must not. Default: both. */
  readonly has?: readonly ("picture" | "sound")[];
  /** The ranges of the source that have a picture, or sound, where not all of it does. Elsewhere the result is silent, or shows anything. */
  readonly within?: { readonly picture?: Within; readonly sound?: Within };
  /** Times of the source where two recordings meet: a codec needs a moment there. Default: none. */
  readonly joints?: readonly number[];
  /** How long a frame of the source stands at most beyond a usual one, in seconds: so old may what is shown be. Default: 0. */
  readonly held?: number;
  /** Whether the picture tells its time; false: its colours were changed, so only the times of its frames are judged. Default: true. */
  readonly isReadable?: boolean;
}

/**
 * What is wrong with a file that should keep these ranges of a timecoded source, one after the other. Empty: nothing. It is decoded
 * to its end; every frame and every tenth of a second of sound must be where it belongs, with nothing missing and nothing more.
 */
export async function timelineFaults(
  path: string,
  kept: readonly TimeRange[],
  options?: JudgeOptions,
): Promise<string[]> {
  return timecodeFaults(await readTimecode(path, options?.has), kept, options);
}

/** The same of a file that has been read, for one that may keep this or that. */
export function timecodeFaults(
  timecode: Timecode,
  kept: readonly TimeRange[],
  {
    tolerance = 0.125,
    has = ["picture", "sound"],
    within = {},
    joints = [],
    held = 0,
    isReadable = true,
  }: JudgeOptions = {},
): string[] {
  const faults: string[] = [];
  for (const kind of ["picture", "sound"] as const) {
    const timeline = createTimeline(kept, within[kind], joints, tolerance);
    const told = (sample: TimecodeSample): TimecodeSample => {
      const isUnread = kind === "picture" && !isReadable;
      return isUnread ? { ...sample, sourceSeconds: timeline.sourceAt(sample.atSeconds) ?? null } : sample;
    };
    const samples = timecode[kind].map(told);
    if (has.includes(kind))
      faults.push(...faultsOf(kind, samples, timeline, { tolerance, held: kind === "picture" ? held : 0 }));
    else if (samples.length > 0) faults.push(`${kind} is there and should not be`);
  }
  return faults;
}

/** What is wrong with captions, SRT or WebVTT, that say `sec N` at the time N of the source. Empty: nothing. */
export function captionFaults(captions: string, kept: readonly TimeRange[], tolerance = 0.12): string[] {
  const faults: string[] = [];
  const said = new Set<number>();
  for (const [, hours, minutes, seconds, text = ""] of captions.matchAll(timedCue)) {
    const at = Number(hours) * 3600 + Number(minutes) * 60 + Number(seconds?.replace(",", "."));
    const source = Number(/sec (\d+)/.exec(text)?.[1] ?? Number.NaN);
    said.add(source);
    // A cue that began before the cut is shown from the cut on.
    const range = kept.find(({ startSeconds, endSeconds }) => source > startSeconds - 1 && source < endSeconds);
    const right = range && placeOf(Math.max(source, range.startSeconds), kept);
    if (right === undefined) faults.push(`"${text}" at ${at} was cut out`);
    else if (Math.abs(right - at) > tolerance) faults.push(`"${text}" is at ${at}, not ${right}`);
  }
  for (const { startSeconds, endSeconds } of kept) {
    for (let second = Math.ceil(startSeconds); second + 1 <= endSeconds; second++) {
      if (!said.has(second)) faults.push(`"sec ${second}" is missing`);
    }
  }
  return faults;
}

const timedCue = /(\d+):(\d\d):(\d\d[.,]\d{3}) --> .*\n(.+)/g;

/** Where the source's times are in a result. */
interface Timeline {
  /** Length of the result. */
  readonly length: number;
  /** Times of the result that the source has something for. */
  readonly filled: readonly TimeRange[];
  /** Whether either side of a cut, a joint or an end may be seen or heard: a window of sound spans it, a codec needs a moment. */
  isBorder(atSeconds: number): boolean;
  /** The source's time at a time of the result. */
  sourceAt(atSeconds: number): number | undefined;
}

function createTimeline(
  kept: readonly TimeRange[],
  within: Within = { startSeconds: 0, endSeconds: Number.POSITIVE_INFINITY },
  joints: readonly number[],
  tolerance: number,
): Timeline {
  let length = 0;
  const filled: TimeRange[] = [];
  const borders: number[] = [];
  for (const { startSeconds, endSeconds } of kept) {
    const shift = length - startSeconds;
    const inside = joints.filter((joint) => joint > startSeconds && joint < endSeconds);
    borders.push(...[startSeconds, endSeconds, ...inside].map((time) => time + shift));
    for (const there of [within].flat()) {
      const [start, end] = [Math.max(startSeconds, there.startSeconds), Math.min(endSeconds, there.endSeconds)];
      if (end <= start) continue;
      filled.push({ startSeconds: start + shift, endSeconds: end + shift });
      borders.push(start + shift, end + shift);
    }
    length += endSeconds - startSeconds;
  }
  return {
    length,
    filled,
    isBorder: (at) => borders.some((border) => Math.abs(at - border) <= tolerance),
    sourceAt: (at) => sourceAt(at, kept),
  };
}

/** Frames further apart than in any source, in seconds: some are missing. */
const longestFrame = 0.3;

function faultsOf(
  kind: string,
  samples: readonly TimecodeSample[],
  timeline: Timeline,
  { tolerance, held }: Required<Pick<JudgeOptions, "tolerance" | "held">>,
): string[] {
  const { filled, length } = timeline;
  const [begins, ends] = [filled[0]?.startSeconds, filled.at(-1)?.endSeconds];
  const isFilled = (at: number) => filled.some((range) => at >= range.startSeconds && at < range.endSeconds);
  const heard = samples.filter(({ sourceSeconds }) => sourceSeconds !== null);
  if (begins === undefined || ends === undefined) {
    return kind === "sound" && heard.length > 0 ? ["sound is there, where the source has none"] : [];
  }
  const [first, last] = [heard[0], heard.at(-1)];
  if (first === undefined || last === undefined) return [`there is no ${kind}`];
  const faults: string[] = [];
  if (first.atSeconds > begins + tolerance + 0.1) faults.push(`${kind} begins at ${first.atSeconds.toFixed(2)}`);
  const latest = kind === "sound" ? ends : length;
  if (last.atSeconds < ends - tolerance - 0.1 || last.atSeconds > latest + tolerance + 0.1)
    faults.push(`${kind} ends at ${last.atSeconds.toFixed(2)}, not ${ends.toFixed(2)}`);
  const wrong = samples.filter((sample) => {
    if (timeline.isBorder(sample.atSeconds)) return false;
    // What is shown where the source has no picture is as good as anything.
    if (!isFilled(sample.atSeconds)) return kind === "sound" && sample.sourceSeconds !== null;
    const late = (timeline.sourceAt(sample.atSeconds) ?? Number.NaN) - (sample.sourceSeconds ?? Number.NaN);
    return !(late >= -tolerance && late <= tolerance + held);
  });
  const [worst] = wrong;
  if (worst !== undefined) {
    const at = worst.atSeconds.toFixed(2);
    const is = worst.sourceSeconds === null ? "silent" : worst.sourceSeconds.toFixed(2);
    const right = timeline.sourceAt(worst.atSeconds)?.toFixed(2);
    faults.push(`${kind}: ${wrong.length} of ${samples.length} are wrong; at ${at} it is ${is}, not ${right}`);
  }
  const gap = samples.findIndex(({ atSeconds }, index) => {
    const range = filled.find(({ startSeconds, endSeconds }) => atSeconds >= startSeconds && atSeconds < endSeconds);
    const before = Math.max(samples[index - 1]?.atSeconds ?? 0, range?.startSeconds ?? 0);
    return range !== undefined && atSeconds - before > longestFrame;
  });
  if (gap >= 0) faults.push(`${kind} is missing before ${samples[gap]?.atSeconds.toFixed(2)}`);
  return faults;
}

/** The source's time at a time of the result. */
function sourceAt(atSeconds: number, kept: readonly TimeRange[]): number | undefined {
  let before = 0;
  for (const { startSeconds, endSeconds } of kept) {
    if (atSeconds < before + endSeconds - startSeconds) return startSeconds + atSeconds - before;
    before += endSeconds - startSeconds;
  }
  return undefined;
}

/** The result's time at a time of the source. */
function placeOf(sourceSeconds: number, kept: readonly TimeRange[]): number | undefined {
  let before = 0;
  for (const { startSeconds, endSeconds } of kept) {
    if (sourceSeconds >= startSeconds && sourceSeconds < endSeconds) return before + sourceSeconds - startSeconds;
    before += endSeconds - startSeconds;
  }
  return undefined;
}
