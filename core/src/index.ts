export * from "./accounts/index.ts";
export * from "./audit/index.ts";
export * from "./backup/index.ts";
export * from "./batches/index.ts";
export {
  createVidferry,
  type DownloadOptions,
  type Vidferry,
  type VidferryOptions,
} from "./compose/create-vidferry.ts";
export * from "./config/index.ts";
export * from "./database/index.ts";
export type { AttemptDeps, Backends, ServiceDeps } from "./dependencies.ts";
export * from "./egress/index.ts";
export * from "./engines/index.ts";
export * from "./errors/index.ts";
export * from "./idempotency/index.ts";
export * from "./jobs/index.ts";
export * from "./library/index.ts";
export * from "./maintenance/index.ts";
export * from "./maintenance/orphans/index.ts";
export * from "./pipeline/index.ts";
export * from "./runtime/index.ts";
export * from "./schedules/index.ts";
export * from "./secrets/index.ts";
export * from "./sources/index.ts";
export * from "./stats/index.ts";
export * from "./telemetry/index.ts";
export * from "./webhooks/index.ts";
export * from "./workers/index.ts";
