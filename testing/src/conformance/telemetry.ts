import type { MetricLabels, Telemetry } from "@vidferry/core";
import type { TestKit } from "./test-kit.ts";

/** Reads measurements back, where the adapter allows it. Labels must match, in any order. */
export interface TelemetryReader {
  /** 0 when it was never counted. */
  counted(name: string, labels?: MetricLabels): number;
  observed(name: string, labels?: MetricLabels): { readonly count: number; readonly sum: number } | null;
  gauged(name: string, labels?: MetricLabels): number | null;
}

/** What the {@link Telemetry} suite needs. */
export interface TelemetrySuite extends TestKit {
  readonly name: string;
  /** An empty one; `reader` is null when nothing can be read back. */
  create(): { readonly telemetry: Telemetry; readonly reader: TelemetryReader | null };
}

/** What every {@link Telemetry} must do. */
export function telemetryConformance({ describe, test, expect, name, create }: TelemetrySuite): void {
  describe(`telemetry: ${name}`, () => {
    test("never throws, whatever it is given", () => {
      const { telemetry } = create();
      for (const value of [0, -1, 0.5, Number.NaN, Number.POSITIVE_INFINITY, Number.MAX_SAFE_INTEGER]) {
        expect(() => telemetry.count("odd_total", { kind: "odd" }, value)).not.toThrow();
        expect(() => telemetry.observe("odd_seconds", value)).not.toThrow();
        expect(() => telemetry.gauge("odd", value, { name: 'quotes " and\nlines' })).not.toThrow();
      }
      expect(() => telemetry.count("odd_total")).not.toThrow();
    });

    test("adds to counters by one or by what is given, each set of labels on its own", () => {
      const { telemetry, reader } = create();
      telemetry.count("jobs_total", { state: "failed", lane: "low" });
      telemetry.count("jobs_total", { lane: "low", state: "failed" }, 2);
      telemetry.count("jobs_total");
      if (reader === null) return;
      expect(reader.counted("jobs_total", { state: "failed", lane: "low" })).toBe(3);
      expect(reader.counted("jobs_total")).toBe(1);
      expect(reader.counted("jobs_total", { state: "failed" })).toBe(0);
    });

    test("keeps how often and how much was observed, and the last value of a gauge", () => {
      const { telemetry, reader } = create();
      telemetry.observe("job_seconds", 2, { lane: "low" });
      telemetry.observe("job_seconds", 5, { lane: "low" });
      telemetry.gauge("running", 4);
      telemetry.gauge("running", 1);
      if (reader === null) return;
      expect(reader.observed("job_seconds", { lane: "low" })).toMatchObject({ count: 2, sum: 7 });
      expect(reader.observed("job_seconds")).toBeNull();
      expect(reader.gauged("running")).toBe(1);
      expect(reader.gauged("idle")).toBeNull();
    });
  });
}
