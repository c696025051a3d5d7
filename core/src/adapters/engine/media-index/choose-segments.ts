import type { MediaRange } from "./remote-file.ts";
import type { ChosenSegments, Segment } from "./segments.ts";

/** Sound and picture of a segment may reach a little into the next; so much more is fetched, in seconds. */
const readAhead = 3;

/**
 * The segments that these time ranges need: from the one before the earliest to the end of the latest. Their lengths in the list say
 * where to look; `timeOf`, which reads when a segment begins after the first of all, decides. Null: a time cannot be read, or nothing
 * can be left out.
 */
export async function chooseSegments(
  segments: readonly Pick<Segment, "seconds">[],
  ranges: readonly MediaRange[],
  timeOf: (index: number) => Promise<number | null>,
): Promise<ChosenSegments | null> {
  const starts = [0];
  for (const { seconds } of segments) starts.push((starts.at(-1) ?? 0) + seconds);
  const end = segments.length - 1;
  const from = Math.min(...ranges.map(({ startSeconds }) => startSeconds));
  const to = Math.max(...ranges.map(({ endSeconds }) => endSeconds)) + readAhead;
  const guessed = (seconds: number) =>
    Math.min(
      Math.max(
        0,
        starts.findLastIndex((start) => start <= seconds),
      ),
      end,
    );
  // By their lengths alone: it is not worth looking.
  if (guessed(from) <= 1 && guessed(to) === end) return null;

  const holding = await lastBefore(from, guessed(from), end, timeOf);
  if (holding === null) return null;
  // A decoder may have to begin earlier than the key frame of a time.
  const first = Math.max(0, holding - 1);
  const last = to > (starts.at(-1) ?? 0) * 2 ? end : await lastBefore(to, guessed(to), end, timeOf);
  return last === null || (first === 0 && last === end) ? null : { first, last };
}

/**
 * The last segment that begins at this time or earlier. Where a guess was wrong, the times that were read tell how wrong the lengths
 * are; every third time the middle is taken, in case they are not wrong alike.
 */
async function lastBefore(
  seconds: number,
  guess: number,
  end: number,
  timeOf: (index: number) => Promise<number | null>,
): Promise<number | null> {
  let [before, behind] = [0, end + 1];
  let [timeBefore, timeBehind]: [number, number | null] = [0, null];
  let probe = guess;
  for (let count = 1; behind - before > 1; count++) {
    const within = Math.min(Math.max(probe, before + 1), behind - 1);
    const time = await timeOf(within);
    if (time === null) return null;
    if (time <= seconds) [before, timeBefore] = [within, time];
    else [behind, timeBehind] = [within, time];
    if (count % 3 === 0) probe = (before + behind) >> 1;
    else if (timeBehind === null) probe = Math.ceil((before * seconds) / Math.max(timeBefore, 0.001));
    else probe = before + Math.ceil(((behind - before) * (seconds - timeBefore)) / (timeBehind - timeBefore));
  }
  return before;
}
