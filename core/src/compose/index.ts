export { type ComposedBackends, composeBackends } from "./backends.ts";
export { createEngine, type Engine, type EngineOptions, engineOptions, hostPolicy } from "./engine.ts";
export {
  createVidferry,
  type DownloadOptions,
  type Vidferry,
  type VidferryOptions,
} from "./create-vidferry.ts";
