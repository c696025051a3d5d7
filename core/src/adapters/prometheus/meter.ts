import { Counter, Gauge, Histogram, Registry } from "prom-client";
import { type LabelsOf, type Metric, type MetricName, metricTable, other } from "./metric-table.ts";
import { addProcessMetrics } from "./process-gauges.ts";

/** Keeps the metrics of a process. Labels never grow without bound: what is not known, or too many, becomes `other`. */
export interface Meter {
  readonly contentType: string;
  /** Adds to a counter, or to a gauge. */
  add<N extends MetricName>(name: N, labels: LabelsOf<N>, by: number): void;
  /** Records a value of a histogram. */
  observe<N extends MetricName>(name: N, labels: LabelsOf<N>, value: number): void;
  /** Sets a gauge; null: it is not known, and not reported. */
  set<N extends MetricName>(name: N, labels: LabelsOf<N>, value: number | null): void;
  /** All of them, in the text format of Prometheus. */
  text(): Promise<string>;
}

/** Most values of a label whose values are not known before. */
const mostValues = 200;

const zeroSeries = 400;

/** A meter with all metrics of the table. Series whose labels are known begin with 0, so that their first change is seen as one. */
export function createMeter(): Meter {
  const registry = new Registry();
  const instruments = new Map(
    Object.entries<Metric>(metricTable).map(([name, metric]) => [name, createInstrument(registry, name, metric)]),
  );
  addProcessMetrics(registry);
  const find = (name: MetricName): Instrument => instruments.get(name) as Instrument;
  return {
    contentType: registry.contentType,
    add: (name, labels, by) => {
      const { kind, instrument, bounded } = find(name);
      const isValid = Number.isFinite(by) && (by >= 0 || kind === "gauge");
      if (isValid && kind !== "histogram") instrument.inc(bounded(labels), by);
    },
    observe: (name, labels, value) => {
      const { kind, instrument, bounded } = find(name);
      if (Number.isFinite(value) && kind === "histogram") instrument.observe(bounded(labels), value);
    },
    set: (name, labels, value) => {
      const { kind, instrument, bounded } = find(name);
      if (kind !== "gauge") return;
      if (value === null || !Number.isFinite(value)) instrument.remove(bounded(labels));
      else instrument.set(bounded(labels), value);
    },
    text: () => registry.metrics(),
  };
}

type Labels = Readonly<Record<string, string>>;
type Instrument = { readonly bounded: (labels: Labels) => Record<string, string> } & (
  | { readonly kind: "counter"; readonly instrument: Counter }
  | { readonly kind: "gauge"; readonly instrument: Gauge }
  | { readonly kind: "histogram"; readonly instrument: Histogram }
);

function createInstrument(registry: Registry, name: string, metric: Metric): Instrument {
  const { help, labels, buckets = [] } = metric;
  const settings = { name, help, labelNames: Object.keys(labels), registers: [registry] };
  const bounded = boundLabels(labels);
  const known = knownSeries(labels);
  switch (metric.type) {
    case "counter": {
      const instrument = new Counter(settings);
      for (const series of known) instrument.inc(series, 0);
      return { kind: "counter", instrument, bounded };
    }
    case "gauge": {
      // What is not known yet is not reported, rather than as 0.
      const instrument = new Gauge(settings);
      if (known.length > 0) instrument.remove({});
      return { kind: "gauge", instrument, bounded };
    }
    case "histogram": {
      const instrument = new Histogram({ ...settings, buckets: [...buckets] });
      for (const series of known) instrument.zero(series);
      return { kind: "histogram", instrument, bounded };
    }
  }
}

/** Every series that the known labels make; none where a label has unknown values, or where there are too many of them. */
function knownSeries(labels: Metric["labels"]): Record<string, string>[] {
  let series: Record<string, string>[] = [{}];
  for (const [label, values] of Object.entries(labels)) {
    if (values === null) return [];
    series = series.flatMap((one) => values.map((value) => ({ ...one, [label]: value })));
  }
  return series.length > zeroSeries ? [] : series;
}

function boundLabels(labels: Metric["labels"]): (given: Labels) => Record<string, string> {
  const bounds = Object.entries(labels).map(([label, values]) => {
    const seen = new Set<string>(values ?? []);
    const isOpen = values === null;
    return [
      label,
      (value: string): string => {
        if (seen.has(value)) return value;
        if (!isOpen || seen.size >= mostValues) return other;
        seen.add(value);
        return value;
      },
    ] as const;
  });
  return (given) => Object.fromEntries(bounds.map(([label, bound]) => [label, bound(given[label] ?? other)]));
}
