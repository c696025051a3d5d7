import { readTimecode, type TimecodeSample } from "./read.ts";

/** A time range of the source. */
interface TimeRange {
  readonly startSeconds: number;
  readonly endSeconds: number;
}

/** How exact a result must be. */
export interface JudgeOptions {
  /** How far a moment may lie from where it belongs, in seconds. Default: 0.12: three frames, or five of a sound codec. */
  readonly tolerance?: number;
  /** What must be there. Default: both. */
  readonly has?: readonly ("picture" | "sound")[];
  /** How much of the beginning may be silent, in seconds: the source's sound begins later. Default: nothing. */
  readonly silentSeconds?: number;
  /** Times of the result where two recordings meet, besides the cuts: a codec needs a moment there. Default: none. */
  readonly joints?: readonly number[];
}

/**
 * What is wrong with a file that should keep these ranges of a timecoded source, one after the other. Empty: nothing. It is decoded
 * to its end; every frame and every tenth of a second of sound must be where it belongs, with nothing missing and nothing more.
 */
export async function timelineFaults(
  path: string,
  kept: readonly TimeRange[],
  { tolerance = 0.12, has = ["picture", "sound"], silentSeconds = 0, joints = [] }: JudgeOptions = {},
): Promise<string[]> {
  const timecode = await readTimecode(path);
  const faults: string[] = [];
  for (const kind of ["picture", "sound"] as const) {
    const silent = ({ atSeconds, sourceSeconds }: TimecodeSample) =>
      sourceSeconds === null && atSeconds < silentSeconds;
    const samples = timecode[kind].filter((sample) => !silent(sample));
    if (has.includes(kind))
      faults.push(...faultsOf(kind, samples, kept, tolerance, kind === "sound" ? silentSeconds : 0, joints));
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

function faultsOf(
  kind: string,
  samples: readonly TimecodeSample[],
  kept: readonly TimeRange[],
  tolerance: number,
  latestStart: number,
  joints: readonly number[],
): string[] {
  const length = kept.reduce((sum, range) => sum + range.endSeconds - range.startSeconds, 0);
  const [first, last] = [samples[0], samples.at(-1)];
  if (first === undefined || last === undefined) return [`there is no ${kind}`];
  const faults: string[] = [];
  if (first.atSeconds > latestStart + tolerance) faults.push(`${kind} begins at ${first.atSeconds.toFixed(2)}`);
  if (Math.abs(last.atSeconds - length) > tolerance + 0.1)
    faults.push(`${kind} ends at ${last.atSeconds.toFixed(2)}, not ${length.toFixed(2)}`);
  const wrong = samples.filter((sample) => !isRight(sample, kept, length, tolerance, joints));
  const [worst] = wrong;
  if (worst !== undefined) {
    const at = worst.atSeconds.toFixed(2);
    const is = worst.sourceSeconds === null ? "silent" : worst.sourceSeconds.toFixed(2);
    const right = sourceAt(worst.atSeconds, kept)?.toFixed(2);
    faults.push(`${kind}: ${wrong.length} of ${samples.length} are wrong; at ${at} it is ${is}, not ${right}`);
  }
  return faults;
}

/** Beside a cut either side is right, as the sound's window spans it. */
function isRight(
  sample: TimecodeSample,
  kept: readonly TimeRange[],
  length: number,
  tolerance: number,
  joints: readonly number[],
): boolean {
  const { atSeconds, sourceSeconds } = sample;
  if (atSeconds > length - tolerance || atSeconds < tolerance / 2) return true;
  if (joints.some((joint) => Math.abs(atSeconds - joint) <= tolerance)) return true;
  let joint = 0;
  for (const range of kept) {
    joint += range.endSeconds - range.startSeconds;
    if (Math.abs(atSeconds - joint) <= tolerance) return true;
  }
  const right = sourceAt(atSeconds, kept);
  return sourceSeconds !== null && right !== undefined && Math.abs(sourceSeconds - right) <= tolerance;
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
