/**
 * A worker of the chaos run: `vidferry worker` with the light engine beside the genuine one; everything else is the product.
 * @module
 */
import { createPinoLogger } from "../../core/src/adapters/pino/index.ts";
import { parseConfig } from "../../core/src/config/index.ts";
import { runWorker } from "../../worker/src/index.ts";
import { createMixedEngine } from "./light-engine.ts";

const config = parseConfig(process.env);
const stop = new AbortController();
const stopped = new Promise<void>((resolve) => {
  process.once("SIGTERM", () => {
    stop.abort();
    resolve();
  });
});
const service = await runWorker(config, createPinoLogger({ level: config.LOG_LEVEL }), stop.signal, {
  composeEngine: createMixedEngine,
});
console.error("worker started");
await stopped;
await service.stop(config.DRAIN_SECONDS * 1000);
process.exit(0);
