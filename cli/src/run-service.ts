import { startApi } from "@vidferry/api";
import type { Config, Logger } from "@vidferry/core";
import { openService, stopService } from "@vidferry/core/compose";
import type { RunningService } from "@vidferry/core/program";
import { startEngineWorker, type WorkerParts } from "@vidferry/worker";
import packageJson from "../package.json" with { type: "json" };
import { answerAsService } from "./mcp/answer-as-service.ts";

/** As what it shows in traces. */
const program = { service: "vidferry", version: packageJson.version };

/** Starts API and worker in one process, on the same backends. */
export function runService(
  config: Config,
  logger: Logger,
  signal: AbortSignal,
  parts: WorkerParts = {},
): Promise<RunningService> {
  return openService(config, logger, { signal, migrate: true, program, metrics: true }, async (service) => {
    const { engine, worker, stopProbes } = await startEngineWorker(config, service, parts);
    const server = await startApi(config, service, {
      engine,
      maintenance: worker.maintenance,
      answerMcp: answerAsService,
    });
    return {
      url: server.url,
      onDrain: () => undefined,
      stop: (graceMs) => stopService(service, [server.stop({ graceMs }), worker.stop(graceMs), stopProbes()]),
    };
  });
}
