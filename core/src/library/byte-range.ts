import { AppError } from "../errors/app-error.ts";

/** Bytes from `start` up to, but not including, `end`. */
export interface ByteSpan {
  readonly start: number;
  readonly end: number;
}

/**
 * The part of `size` bytes that a range (both ends included, the last one optional) asks for, cut to what there is.
 * Without a range, all of them.
 * @throws AppError `range_not_satisfiable` when the range starts behind the last byte, ends before it starts, or is not made of integers.
 */
export function spanOf(range: { readonly start: number; readonly end?: number } | undefined, size: number): ByteSpan {
  if (range === undefined) return { start: 0, end: size };
  const { start, end = size - 1 } = range;
  if (!Number.isSafeInteger(start) || !Number.isSafeInteger(end) || start < 0 || start >= size || end < start) {
    throw new AppError("range_not_satisfiable");
  }
  return { start, end: Math.min(end, size - 1) + 1 };
}
