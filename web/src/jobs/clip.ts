import type { Part } from "./presets.ts";

/** All of a video. */
export const wholePart: Part = { start: 0, end: null, exact: false };

/** A part with changes, within a video of so many whole seconds; null: that is all of it. */
export function changePart(part: Part | null, length: number, changes: Partial<Part>): Part | null {
  const next = { ...(part ?? wholePart), ...changes };
  const start = Math.max(0, Math.min(next.start, length - 1));
  const end = next.end === null || next.end >= length ? null : Math.max(start + 1, next.end);
  return start === 0 && end === null ? null : { start, end, exact: next.exact };
}

/** The second under a pointer, on a timeline whose ends are half a handle from its edges, all in pixels. */
export function secondAt(x: number, width: number, handle: number, length: number): number {
  const share = (x - handle / 2) / Math.max(1, width - handle);
  return Math.round(Math.max(0, Math.min(1, share)) * length);
}
