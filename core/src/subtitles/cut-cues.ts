import type { Cue } from "./cue.ts";

/** Moves cues onto the timeline that is left when only these stretches are kept; cues outside them are dropped. */
export function cutCues(
  cues: readonly Cue[],
  keep: readonly { readonly startSeconds: number; readonly endSeconds: number }[] | null,
): readonly Cue[] {
  if (keep === null) return cues;
  const result: Cue[] = [];
  let offset = 0;
  for (const range of keep) {
    for (const cue of cues) {
      const startSeconds = Math.max(cue.startSeconds, range.startSeconds);
      const endSeconds = Math.min(cue.endSeconds, range.endSeconds);
      if (endSeconds <= startSeconds) continue;
      result.push({
        startSeconds: startSeconds - range.startSeconds + offset,
        endSeconds: endSeconds - range.startSeconds + offset,
        text: cue.text,
      });
    }
    offset += range.endSeconds - range.startSeconds;
  }
  return result;
}
