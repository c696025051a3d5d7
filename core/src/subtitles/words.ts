import type { Word } from "./cue.ts";

/**
 * Words whose ends are not known: each lasts until the next one, the last one until the cue ends. What begins at the same time is
 * one word.
 */
export function wordsUntil(
  starts: readonly { readonly startSeconds: number; readonly text: string }[],
  endSeconds: number,
): Word[] {
  const words: { startSeconds: number; endSeconds: number; text: string }[] = [];
  for (const { startSeconds, text } of starts) {
    const word = text.trim();
    if (word === "") continue;
    const last = words.at(-1);
    if (last !== undefined && startSeconds <= last.startSeconds) {
      last.text += ` ${word}`;
      continue;
    }
    if (last !== undefined) last.endSeconds = startSeconds;
    words.push({ startSeconds, endSeconds: Math.max(startSeconds, endSeconds), text: word });
  }
  return words;
}
