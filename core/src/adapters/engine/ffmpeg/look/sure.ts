/** A file is not of the ordinary kind, or a value cannot be known from its headers: ffprobe is asked. */
class Unsure extends Error {}

/** @throws Unsure where it is not so. */
export function sure(condition: boolean): asserts condition {
  if (!condition) throw new Unsure();
}

/** @throws Unsure where there is none. */
export function known<T>(value: T | null | undefined): T {
  if (value === null || value === undefined) throw new Unsure();
  return value;
}
