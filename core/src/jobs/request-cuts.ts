import type { SponsorBlockCategory } from "./request-values.ts";

/** Clips that one request may ask for. */
export const mostClips = 50;

/** The clips that a request asks for, in its order; none: everything is wanted. */
export function clipsOf<T extends TimeOfClip>({ clip }: { readonly clip?: T | T[] | undefined }): readonly T[] {
  if (clip === undefined) return [];
  return Array.isArray(clip) ? clip : [clip];
}

interface TimeOfClip {
  readonly startSeconds: number;
  readonly endSeconds?: number | undefined;
}

/** What to do with the segments of SponsorBlock. */
export interface SegmentWishes {
  readonly remove: readonly SponsorBlockCategory[];
  readonly mark: readonly SponsorBlockCategory[];
}

/**
 * What a request wants done with the segments of SponsorBlock; a plain list names those to remove. None that is removed is marked:
 * nothing is left of it.
 */
export function segmentWishes({
  sponsorBlock,
}: {
  readonly sponsorBlock: SponsorBlockCategory[] | SegmentWishes;
}): SegmentWishes {
  if (Array.isArray(sponsorBlock)) return { remove: sponsorBlock, mark: [] };
  const { remove, mark } = sponsorBlock;
  return { remove, mark: mark.filter((category) => !remove.includes(category)) };
}

/** For each clip that overlaps one before it in time: the indexes of both. */
export function overlappingClips(
  clips: readonly TimeOfClip[],
): readonly { readonly index: number; readonly other: number }[] {
  const inOrder = clips
    .map(({ startSeconds, endSeconds = Number.POSITIVE_INFINITY }, index) => ({ startSeconds, endSeconds, index }))
    .sort((one, other) => one.startSeconds - other.startSeconds);
  const found: { index: number; other: number }[] = [];
  let last: (typeof inOrder)[number] | undefined;
  for (const clip of inOrder) {
    if (last !== undefined && clip.startSeconds < last.endSeconds) found.push({ index: clip.index, other: last.index });
    if (last === undefined || clip.endSeconds > last.endSeconds) last = clip;
  }
  return found;
}
