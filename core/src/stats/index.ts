export * from "./ended-job.ts";
export { percentileOf } from "./histogram.ts";
export * from "./history.ts";
export { nextStart, startOf } from "./periods.ts";
export type { Figures } from "./roll-up.ts";
export * from "./stats.ts";
