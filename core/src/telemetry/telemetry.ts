/** Labels of a measurement: few distinct values each; never ids or URLs. */
export type MetricLabels = Readonly<Record<string, string>>;

/** Where measurements go. Must not throw and must not block. Names are Prometheus style, base units, counters end in `_total`. */
export interface Telemetry {
  /** Adds to a counter; `by` is 1 unless given. */
  count(name: string, labels?: MetricLabels, by?: number): void;
  /** Records a value of a distribution, for example seconds. */
  observe(name: string, value: number, labels?: MetricLabels): void;
  /** Sets a current value. */
  gauge(name: string, value: number, labels?: MetricLabels): void;
}
