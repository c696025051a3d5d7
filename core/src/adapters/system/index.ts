export { systemClock } from "./clock.ts";
export { createIdGenerator } from "./id-generator.ts";
export { redactFields, redactText } from "./redact.ts";
export { createSilentLogger } from "./silent-logger.ts";
export { sleep } from "./sleep.ts";
export { isDiskFull, systemCode } from "./system-error.ts";
export { createMemoryTelemetry, type MemoryTelemetry } from "./telemetry.ts";
