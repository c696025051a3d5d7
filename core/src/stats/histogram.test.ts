import { describe, expect, test } from "bun:test";
import { addHistograms, bucketOf, type Histogram, percentileOf } from "./histogram.ts";

const histogramOf = (durations: readonly number[]): Histogram =>
  durations.reduce<Histogram>((sum, ms) => addHistograms(sum, { [bucketOf(ms)]: 1 }), {});

describe("a histogram of durations", () => {
  test("knows every percentile to a tenth, from a tenth of a second to a day", () => {
    const durations = Array.from({ length: 1_000 }, (_, index) => Math.round(100 * 1.0138 ** index));
    const histogram = histogramOf(durations);
    for (const share of [0.01, 0.5, 0.9, 0.99]) {
      const exact = durations[Math.ceil(durations.length * share) - 1] ?? 0;
      expect(Math.abs((percentileOf(histogram, share) ?? 0) / exact - 1)).toBeLessThan(0.1);
    }
  });

  test("adds up to the histogram of all", () => {
    const [some, others] = [
      [5, 70, 900],
      [70, 80_000],
    ];
    expect(addHistograms(histogramOf(some), histogramOf(others))).toEqual(histogramOf([...some, ...others]));
  });

  test("knows no percentile of nothing, and takes durations that no clock should give", () => {
    expect(percentileOf({}, 0.5)).toBeNull();
    expect(percentileOf(histogramOf([0, -5]), 0.5)).toBeLessThan(2);
  });
});
