export * from "./probe-relay.ts";
export * from "./source-url.ts";
