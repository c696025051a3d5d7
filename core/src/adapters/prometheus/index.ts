export { createMeter, type Meter } from "./meter.ts";
export { type LabelsOf, type Metric, type MetricName, metricTable } from "./metric-table.ts";
export { createMetricsObserver } from "./observer.ts";
export { type MetricsServer, startMetricsServer } from "./server.ts";
