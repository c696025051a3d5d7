/**
 * `vidferry serve` with the light engine of the chaos run beside the genuine one; everything else is the product.
 * @module
 */
import { addresses } from "../../api/src/index.ts";
import { runService } from "../../cli/src/run-service.ts";
import { createPinoLogger } from "../../core/src/adapters/pino/index.ts";
import { parseConfig } from "../../core/src/config/index.ts";
import { createMixedEngine } from "../chaos/light-engine.ts";

const config = parseConfig(process.env);
const stop = new AbortController();
const stopped = new Promise<void>((resolve) => {
  process.once("SIGTERM", () => {
    stop.abort();
    resolve();
  });
});
const service = await runService(config, createPinoLogger({ level: config.LOG_LEVEL }), stop.signal, {
  composeEngine: createMixedEngine,
});
for (const line of addresses(String(service.url), config)) console.error(line);
await stopped;
await service.stop(config.DRAIN_SECONDS * 1000);
process.exit(0);
