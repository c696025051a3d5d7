export { probeThrough } from "./probe-link.ts";
export * from "./probe-relay.ts";
export * from "./source-url.ts";
