import type { MetricLabels, Telemetry } from "../../telemetry/telemetry.ts";

/** Measures nothing. */
export const noTelemetry: Telemetry = {
  count: () => undefined,
  observe: () => undefined,
  gauge: () => undefined,
};

/** What is known of a distribution without keeping its values. */
export interface Distribution {
  readonly count: number;
  readonly sum: number;
  readonly min: number;
  readonly max: number;
}

/** A {@link Telemetry} that can be read back. */
export interface MemoryTelemetry extends Telemetry {
  /** A counter's value; 0 when it was never counted. Labels must match exactly, in any order. */
  counted(name: string, labels?: MetricLabels): number;
  /** A distribution; null when nothing was observed. */
  observed(name: string, labels?: MetricLabels): Distribution | null;
  /** A gauge's last value; null when it was never set. */
  gauged(name: string, labels?: MetricLabels): number | null;
}

/** Keeps measurements in memory: one number, or four, for each name and set of labels. Made for tests. */
export function createMemoryTelemetry(): MemoryTelemetry {
  const counters = new Map<string, number>();
  const gauges = new Map<string, number>();
  const distributions = new Map<string, Distribution>();
  return {
    count(name, labels, by = 1) {
      const series = seriesOf(name, labels);
      counters.set(series, (counters.get(series) ?? 0) + by);
    },
    observe(name, value, labels) {
      const series = seriesOf(name, labels);
      const last = distributions.get(series);
      distributions.set(series, {
        count: (last?.count ?? 0) + 1,
        sum: (last?.sum ?? 0) + value,
        min: Math.min(last?.min ?? value, value),
        max: Math.max(last?.max ?? value, value),
      });
    },
    gauge(name, value, labels) {
      gauges.set(seriesOf(name, labels), value);
    },
    counted: (name, labels) => counters.get(seriesOf(name, labels)) ?? 0,
    observed: (name, labels) => distributions.get(seriesOf(name, labels)) ?? null,
    gauged: (name, labels) => gauges.get(seriesOf(name, labels)) ?? null,
  };
}

function seriesOf(name: string, labels: MetricLabels = {}): string {
  const sorted = Object.entries(labels).sort(([one], [other]) => (one < other ? -1 : 1));
  return JSON.stringify([name, sorted]);
}
