export { probeThrough } from "./probe-link.ts";
export * from "./probe-relay.ts";
export { shareProbes } from "./share-probes.ts";
export * from "./source-url.ts";
