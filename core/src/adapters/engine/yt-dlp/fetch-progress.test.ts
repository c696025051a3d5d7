import { describe, expect, test } from "bun:test";
import { createProgressMeter } from "./fetch-progress.ts";

const stream = (formatId: string, hasVideo: boolean, bytes: number | null) => ({
  formatId,
  hasVideo,
  hasAudio: !hasVideo,
  bytes,
});
const downloading = (downloaded_bytes: number, rest: object = {}) => ({
  status: "downloading",
  downloaded_bytes,
  ...rest,
});

describe("the progress of several streams", () => {
  test("weighs them by their size", () => {
    const meter = createProgressMeter([stream("v", true, 900), stream("a", false, 100)]);
    meter.update("v", downloading(450, { total_bytes: 900, speed: 90 }));
    expect(meter.read()).toEqual({
      fraction: 0.45,
      downloadedBytes: 450,
      totalBytes: 1000,
      bytesPerSecond: 90,
      etaSeconds: 7,
    });
    meter.finish("v", 900);
    meter.update("a", downloading(50, { total_bytes: 100 }));
    expect(meter.read()).toMatchObject({ fraction: 0.95, downloadedBytes: 950 });
    meter.finish("a", 100);
    expect(meter.read()).toMatchObject({ fraction: 1, downloadedBytes: 1000, totalBytes: 1000, etaSeconds: 0 });
  });

  test("never goes back when an estimate grows", () => {
    const meter = createProgressMeter([stream("v", true, null)]);
    const fractions = [
      [975, 1000],
      [983, 1000],
      [990, 1100],
      [1200, 1100],
      [10, 1000],
    ].map(([bytes = 0, total]) => {
      meter.update("v", downloading(bytes, { total_bytes_estimate: total }));
      return Math.round((meter.read().fraction ?? -1) * 1e6) / 1e6;
    });
    expect(fractions).toEqual([0.975, 0.983, 0.983, 1, 1]);
    expect(meter.read()).toMatchObject({ downloadedBytes: 1200, totalBytes: 1200 });
  });

  test("trusts the count of fragments more than a size that is guessed", () => {
    const meter = createProgressMeter([stream("v", true, null)]);
    meter.update("v", downloading(10, { total_bytes_estimate: 20, fragment_index: 1, fragment_count: 4 }));
    expect(meter.read().fraction).toBe(0.25);
  });

  test("is unknown until the source says a size", () => {
    const meter = createProgressMeter([stream("v", true, null), stream("a", false, null)]);
    meter.update("v", downloading(10));
    expect(meter.read()).toEqual({
      fraction: null,
      downloadedBytes: 10,
      totalBytes: null,
      bytesPerSecond: null,
      etaSeconds: null,
    });
    meter.update("v", downloading(50, { total_bytes: 100 }));
    expect(meter.read()).toMatchObject({ fraction: 0.425, totalBytes: null });
  });

  test("says whether bytes came, so that a stall can be told", () => {
    const meter = createProgressMeter([stream("v", true, 100)]);
    expect(meter.update("v", downloading(10))).toBeTrue();
    expect(meter.update("v", downloading(10))).toBeFalse();
    expect(meter.update("v", downloading(5))).toBeFalse();
    expect(meter.update("unheard of", downloading(11))).toBeTrue();
  });
});
