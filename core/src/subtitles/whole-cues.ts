import type { Cue } from "./cue.ts";

/** How long a cue without an end is shown, in seconds: as long as it takes to read, within these bounds. */
const charactersASecond = 15;
const [shortest, longest] = [1, 7];

/**
 * Cues in order, each once and with a length: a cue that ends no later than it begins is shown as long as it takes to read, but
 * not into the next one; the same text at the same time is one cue.
 */
export function wholeCues(cues: readonly Cue[]): Cue[] {
  const known = new Map<string, Cue>();
  for (const cue of cues) {
    const key = `${cue.startSeconds} ${cue.text}`;
    const same = known.get(key);
    if (same === undefined || same.endSeconds < cue.endSeconds) known.set(key, cue);
  }
  const sorted = [...known.values()].sort((one, other) => one.startSeconds - other.startSeconds);
  let next = Number.POSITIVE_INFINITY;
  let following = Number.POSITIVE_INFINITY;
  return sorted
    .reverse()
    .map((cue) => {
      // Of cues that begin together each is shown until the next time.
      if (cue.startSeconds < following) [next, following] = [following, cue.startSeconds];
      if (cue.endSeconds > cue.startSeconds) return cue;
      const seconds = Math.min(longest, Math.max(shortest, cue.text.length / charactersASecond));
      return { ...cue, endSeconds: Math.min(cue.startSeconds + seconds, next) };
    })
    .reverse();
}
