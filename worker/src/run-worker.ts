import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type AttemptDeps, type Config, freeSpaceOf, type Logger, type MaintenanceTask } from "@vidferry/core";
import {
  type ComposedEngine,
  composeEngine,
  engineOptions,
  hostPolicy,
  maintenanceOptions,
  type OpenService,
  openService,
  retentionMs,
  reusePolicy,
  showWorker,
  stopService,
  toggleDebug,
} from "@vidferry/core/compose";
import { createPinoLogger } from "@vidferry/core/pino";
import { hostName } from "@vidferry/core/process";
import { onToggleSignal, type Program, type RunningService, runUntilStopped } from "@vidferry/core/program";
import { systemClock } from "@vidferry/core/system";
import packageJson from "../package.json" with { type: "json" };
import { startWorker, type Worker } from "./worker.ts";

/** Parts that a test or a bench may put in place of the usual ones. */
export interface WorkerParts {
  readonly composeEngine?: typeof composeEngine;
}

/** A worker with its engine, on an open service. */
export interface EngineWorker {
  readonly engine: ComposedEngine;
  readonly worker: Worker;
  /** Stops serving probes for other processes. */
  readonly stopProbes: () => Promise<void>;
}

/** A worker as a program: runs until a signal comes, or until it is drained. Gives the exit code. */
export function workerProgram(config: Config, program: Program): Promise<number> {
  const logger = createPinoLogger({ level: config.LOG_LEVEL });
  onToggleSignal(() => toggleDebug(logger));
  return runUntilStopped(program, {
    start: (stop) => runWorker(config, logger, stop),
    announce: () => ["worker started"],
    drainMs: config.DRAIN_SECONDS * 1000,
  });
}

/** As what it shows in traces. */
const program = { service: "vidferry-worker", version: packageJson.version };

/** Starts a worker alone. */
export function runWorker(
  config: Config,
  logger: Logger,
  signal: AbortSignal,
  parts: WorkerParts = {},
): Promise<RunningService> {
  const metrics = config.METRICS_PORT !== null;
  return openService(config, logger, { signal, migrate: false, program, metrics }, async (service) => {
    const asked = Promise.withResolvers<void>();
    const { worker, stopProbes } = await startEngineWorker(config, service, parts, asked.resolve);
    return {
      url: null,
      onDrain: (listener) => {
        const host = config.MACHINE_NAME ?? hostName();
        void asked.promise.then(listener);
        service.backends.signals.listen((message) => {
          if (message.type === "drain" && (message.host === null || message.host === host)) listener();
        });
      },
      stop: (graceMs) => stopService(service, [worker.stop(graceMs), stopProbes()]),
    };
  });
}

/**
 * Starts the engine and a worker on an open service, and ends them with it.
 * @param onDrainAsked of a worker that has its process for itself: ends it. Without it the worker cannot be told to drain.
 */
export async function startEngineWorker(
  config: Config,
  service: OpenService,
  parts: WorkerParts = {},
  onDrainAsked?: () => void,
): Promise<EngineWorker> {
  const { backends, deps, metrics } = service;
  const compose = parts.composeEngine ?? composeEngine;
  const engine = compose(engineOptions(config), {
    ...{ clock: systemClock, logger: deps.logger, telemetry: deps.telemetry },
    choices: deps.database,
    service: deps,
  });
  service.onClose(engine.close);
  const worker = await startConfiguredWorker(config, { ...deps, ...engine }, engine.tasks ?? [], onDrainAsked);
  // Also runs when the API's port is taken: a job claimed meanwhile would otherwise be counted as lost by its worker.
  service.onClose(() => worker.stop(0));
  service.onClose(worker.maintenance.stop);
  if (metrics !== null)
    showWorker(metrics, {
      concurrency: config.WORKER_CONCURRENCY,
      reserveBytes: config.MIN_FREE_BYTES,
      freeBytes: freeSpaceOf({ workFolders: engine.workFolders, clock: systemClock }),
    });
  const stopProbes = backends.probes?.serve(engine.probe) ?? (async () => undefined);
  service.onClose(stopProbes);
  return { engine, worker, stopProbes };
}

/** Starts a worker as the configuration says. */
function startConfiguredWorker(
  config: Config,
  deps: AttemptDeps,
  tasks: readonly MaintenanceTask[],
  onDrainAsked?: () => void,
): Promise<Worker> {
  const reuse = reusePolicy(config);
  return startWorker(deps, {
    tasks,
    version: packageJson.version,
    ...(onDrainAsked && { standalone: true, onDrainAsked }),
    ...(config.MACHINE_NAME === null ? {} : { host: config.MACHINE_NAME }),
    ...(config.ECS_AGENT_URI === null ? {} : { ecsAgentUri: config.ECS_AGENT_URI }),
    maintenance: maintenanceOptions(config),
    hosts: hostPolicy(config),
    concurrency: config.WORKER_CONCURRENCY,
    leaseMs: config.LEASE_SECONDS * 1000,
    onAlive: ({ checks }) => writeFile(join(config.WORK_DIR, ".alive"), JSON.stringify(checks(), null, 2)),
    retentionMs: retentionMs(config),
    ...(reuse && { reuse: { ...reuse, joins: true } }),
    limits: {
      maxFileBytes: config.MAX_FILE_BYTES,
      stallMs: config.STALL_TIMEOUT_SECONDS * 1000,
      timeoutMs: config.JOB_TIMEOUT_SECONDS * 1000,
      minFreeBytes: config.MIN_FREE_BYTES,
      recordsLive: config.ALLOW_LIVE === "on",
    },
  });
}
