/** Durations by size: how many are in each bucket, by the bucket's number. */
export type Histogram = Readonly<Record<string, number>>;

/** Buckets for each doubling of the duration. A percentile is then off by less than a tenth. */
const perDoubling = 4;

/** The bucket of a duration in milliseconds. */
export function bucketOf(ms: number): string {
  return String(Math.floor(Math.log2(Math.max(1, ms)) * perDoubling));
}

/** The middle of a bucket, in milliseconds. */
const middleOf = (bucket: number): number => 2 ** ((bucket + 0.5) / perDoubling);

/** Two histograms as one. */
export function addHistograms(one: Histogram, other: Histogram): Histogram {
  const sum: Record<string, number> = { ...one };
  for (const [bucket, count] of Object.entries(other)) sum[bucket] = (sum[bucket] ?? 0) + count;
  return sum;
}

/** The duration below which this share of them lies, in milliseconds; null when there are none. */
export function percentileOf(histogram: Histogram, share: number): number | null {
  const buckets = Object.entries(histogram)
    .map(([bucket, count]) => [Number(bucket), count] as const)
    .sort(([a], [b]) => a - b);
  const total = buckets.reduce((sum, [, count]) => sum + count, 0);
  let seen = 0;
  for (const [bucket, count] of buckets) {
    seen += count;
    if (seen >= total * share) return middleOf(bucket);
  }
  return null;
}
