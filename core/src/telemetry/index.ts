export * from "./log-observer.ts";
export * from "./logger.ts";
export * from "./observer.ts";
export * from "./operations.ts";
export * from "./telemetry.ts";
export * from "./traced-logger.ts";
