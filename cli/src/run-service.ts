import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { createApp, createKeyAuth, createOpenAuth, createService, defaultApiConfig, startServer } from "@vidferry/api";
import {
  AppError,
  type AttemptDeps,
  type Config,
  defaultMaintenanceOptions,
  isLoopback,
  type Logger,
  type Maintenance,
  type MaintenanceOptions,
  type ServiceDeps,
  serviceTasks,
  startMaintenance,
} from "@vidferry/core";
import {
  type ComposedBackends,
  checkDisks,
  composeBackends,
  composeEngine,
  type Engine,
  engineOptions,
  hostPolicy,
  limitProbes,
} from "@vidferry/core/compose";
import { hostName } from "@vidferry/core/process";
import { createIdGenerator, noTelemetry, systemClock } from "@vidferry/core/system";
import { startWorker, type Worker } from "@vidferry/worker";
import packageJson from "../package.json" with { type: "json" };
import { prepareBackends } from "./prepare-backends.ts";

/** Which parts of the service a process runs. */
export interface Roles {
  readonly api: boolean;
  readonly worker: boolean;
}

/** A running service. */
export interface RunningService {
  /** Address of the API; null without one. */
  readonly url: string | null;
  /** Stops taking work, lets running jobs finish for `graceMs`, then hands them back. */
  stop(graceMs: number): Promise<void>;
  /** Calls back when `vidferry drain` means this process: one that is a worker and nothing else. */
  onDrain(listener: () => void): void;
}

/** Parts that a test or a bench may put in place of the usual ones. */
export interface ServiceParts {
  readonly composeEngine?: typeof composeEngine;
}

/** Puts a process together from the configuration and starts it. */
export async function runService(
  config: Config,
  roles: Roles,
  logger: Logger,
  signal: AbortSignal,
  parts: ServiceParts = {},
): Promise<RunningService> {
  const backends = await composeBackends(config, { clock: systemClock, logger });
  const deps: ServiceDeps = {
    ...backends,
    clock: systemClock,
    ids: createIdGenerator(),
    logger,
    telemetry: noTelemetry,
  };
  const closers: (() => Promise<void>)[] = [backends.close];
  // Latest first, so that nothing loses what it still needs.
  const closeAll = async () => {
    for (const close of closers.toReversed())
      await close().catch((error: unknown) => logger.warn("a part did not stop cleanly", { error }));
  };
  try {
    await prepareBackends(config, backends, logger, { signal, migrate: roles.api && roles.worker });
    const engine = roles.worker
      ? (parts.composeEngine ?? composeEngine)(engineOptions(config), { clock: systemClock, logger })
      : null;
    if (engine !== null) closers.push(engine.close);
    const worker = engine === null ? null : await startWorkerRole(config, { ...deps, ...engine });
    // Also when the port cannot be had: a job that was taken meanwhile would count a lost worker.
    if (worker !== null) closers.push(() => worker.stop(0));
    const maintenance = worker?.maintenance ?? startMaintenance(deps, serviceTasks(deps, maintenanceOptions(config)));
    closers.push(maintenance.stop);
    const stopProbes = engine === null ? undefined : backends.probes?.serve(engine.probe);
    if (stopProbes !== undefined) closers.push(stopProbes);
    const server = roles.api ? await startApiRole(config, deps, { backends, engine, maintenance }) : null;
    return {
      url: server?.url ?? null,
      onDrain: (listener) => {
        const host = config.MACHINE_NAME ?? hostName();
        backends.signals.listen((message) => {
          if (message.type !== "drain" || roles.api || !roles.worker) return;
          if (message.host === null || message.host === host) listener();
        });
      },
      stop: async (graceMs) => {
        const ends = [server?.stop({ graceMs }), worker?.stop(graceMs), stopProbes?.()];
        for (const end of await Promise.allSettled(ends)) {
          if (end.status === "rejected") logger.warn("a part did not stop cleanly", { error: end.reason });
        }
        await closeAll();
      },
    };
  } catch (error) {
    await closeAll();
    throw error;
  }
}

function startWorkerRole(config: Config, deps: AttemptDeps): Promise<Worker> {
  return startWorker(deps, {
    ...(config.MACHINE_NAME === null ? {} : { host: config.MACHINE_NAME }),
    maintenance: maintenanceOptions(config),
    concurrency: config.WORKER_CONCURRENCY,
    leaseMs: config.LEASE_SECONDS * 1000,
    onAlive: ({ checks }) => writeFile(join(config.WORK_DIR, ".alive"), JSON.stringify(checks(), null, 2)),
    retentionMs: config.RETENTION_SECONDS === null ? null : config.RETENTION_SECONDS * 1000,
    limits: {
      maxFileBytes: config.MAX_FILE_BYTES,
      stallMs: config.STALL_TIMEOUT_SECONDS * 1000,
      timeoutMs: config.JOB_TIMEOUT_SECONDS * 1000,
      minFreeBytes: config.MIN_FREE_BYTES,
    },
  });
}

function maintenanceOptions(config: Config): MaintenanceOptions {
  return {
    ...defaultMaintenanceOptions,
    leaseMs: config.LEASE_SECONDS * 1000,
    orphansEveryMs: config.ORPHAN_SECONDS * 1000,
    orphanMaxShare: config.ORPHAN_MAX_SHARE,
  };
}

function startApiRole(
  config: Config,
  deps: ServiceDeps,
  parts: {
    readonly backends: ComposedBackends;
    readonly engine: Engine | null;
    readonly maintenance: Maintenance;
  },
) {
  const { backends, engine, maintenance } = parts;
  const { logger } = deps;
  const descriptors = descriptorLimit();
  // Half is left for the database, the programs, and to go on answering.
  const maxStreams = config.MAX_STREAMS ?? Math.min(10_000, Math.ceil(descriptors / 2));
  const service = createService(deps, {
    hosts: hostPolicy(config),
    maxAttempts: config.MAX_ATTEMPTS,
    linkSeconds: config.LINK_SECONDS,
    probe:
      engine?.probe ?? (backends.probes && limitProbes(backends.probes.ask, relayedProbes, deps.clock)) ?? refuseProbe,
    moreChecks: async (signal) => [
      ...((await engine?.check(signal)) ?? []),
      ...(await checkDisks(config)),
      ...maintenance.checks(),
    ],
  });
  const app = createApp({
    service,
    auth: config.AUTH === "off" ? createOpenAuth() : createKeyAuth({ keys: backends.store.keys, clock: systemClock }),
    config: {
      ...defaultApiConfig,
      version: packageJson.version,
      publicUrl: config.PUBLIC_URL,
      corsOrigins: config.CORS_ORIGINS,
      maxStreams,
      maxStreamsPerKey: config.MAX_STREAMS_PER_KEY,
      ...(config.LINK_SECRET === null ? {} : { linkSecret: config.LINK_SECRET }),
    },
    logger,
    telemetry: deps.telemetry,
  });
  // The same for a quarter, whoever connects, with a key or without.
  const maxConnections = Math.max(maxStreams, Math.floor((descriptors * 3) / 4));
  return startServer({ app, host: config.HOST, port: config.PORT, logger, maxConnections });
}

/** Questions of this process that workers have before them; what is more waits here, so that no key fills their list. */
const relayedProbes = { atOnce: 200, atOnceEach: 4, waitingEach: 60 };

/** How many files and connections the process may have open. */
function descriptorLimit(): number {
  const report = process.report.getReport() as { readonly userLimits?: { readonly open_files?: { soft: unknown } } };
  const descriptors = Number(report.userLimits?.open_files?.soft);
  return Number.isFinite(descriptors) ? descriptors : Number.POSITIVE_INFINITY;
}

const refuseProbe = (): Promise<never> =>
  Promise.reject(
    new AppError("unavailable", "This process has no engine, and no REDIS_URL over which it could ask a worker."),
  );

/** What is said once the service runs. */
export function addresses(url: string, config: Config): string[] {
  const shown = config.PUBLIC_URL ?? url;
  return [
    `API        ${shown}/api/v1`,
    `docs       ${shown}/docs`,
    `health     ${shown}/health/detailed`,
    ...(config.AUTH === "off" && isLoopback(config.HOST)
      ? ["no key is needed on this machine; set AUTH=keys to ask for one"]
      : config.AUTH === "keys"
        ? ["every request needs a key; `vidferry keys create --name NAME` makes one"]
        : []),
  ];
}
