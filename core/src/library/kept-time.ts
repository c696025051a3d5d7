/** A stretch of the source that is kept. */
interface Stretch {
  readonly startSeconds: number;
  readonly endSeconds: number;
}

/**
 * Where a moment of the source lies when only these stretches are kept, one after the other: as many seconds from the start as
 * are kept before it. Looked up by halving, for sites name thousands of moments.
 */
export function keptTime(ranges: readonly Stretch[]): (seconds: number) => number {
  const kept = [...ranges].sort((one, other) => one.startSeconds - other.startSeconds);
  const before: number[] = [];
  let sum = 0;
  for (const { startSeconds, endSeconds } of kept) {
    before.push(sum);
    sum += Math.max(0, endSeconds - startSeconds);
  }
  return (seconds) => {
    let low = 0;
    let high = kept.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((kept[middle]?.startSeconds ?? 0) <= seconds) low = middle + 1;
      else high = middle;
    }
    const range = kept[low - 1];
    if (range === undefined) return 0;
    const inside = Math.min(seconds, Math.max(range.startSeconds, range.endSeconds)) - range.startSeconds;
    return (before[low - 1] ?? 0) + inside;
  };
}
