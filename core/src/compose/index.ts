export { compilePattern } from "../adapters/re2js/index.ts";
export { type ComposedBackends, composeBackends, composeBlobs, pathOf } from "./backends.ts";
export { composeVidferry, type DownloadOptions, type Vidferry, type VidferryOptions } from "./compose-vidferry.ts";
export { composeCopies } from "./copies.ts";
export { createVidferry } from "./create-vidferry.ts";
export { checkSpace, createDiskChecks } from "./disk-checks.ts";
export { egressBreaker } from "./egress-breaker.ts";
export {
  type ComposedEngine,
  composeEngine,
  type EngineDeps,
  type EngineOptions,
  engineOptions,
  hostPolicy,
  installsOf,
  submitPolicy,
} from "./engine.ts";
export { limitProbes, type ProbeLimits } from "./limit-probes.ts";
export { toggleDebug } from "./log-level.ts";
export { type ProcessMetrics, showServiceState, showWorker } from "./metrics.ts";
export { maintenanceOptions, type OpenService, openService, stopService } from "./open-service.ts";
export { lookMs, retentionMs, reusePolicy } from "./reuse.ts";
export { composeSecrets } from "./secrets.ts";
export { createServiceStateReader, type ServiceState, type ServiceStateReader } from "./service-state.ts";
