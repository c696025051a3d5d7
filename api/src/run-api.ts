import {
  AppError,
  type Config,
  checkEgresses,
  isLoopback,
  type Logger,
  type Maintenance,
  serviceTasks,
  shareProbes,
  startMaintenance,
} from "@vidferry/core";
import {
  type ComposedEngine,
  createDiskChecks,
  createServiceStateReader,
  egressBreaker,
  limitProbes,
  lookMs,
  maintenanceOptions,
  type OpenService,
  openService,
  retentionMs,
  reusePolicy,
  showServiceState,
  stopService,
  submitPolicy,
  toggleDebug,
} from "@vidferry/core/compose";
import { createPinoLogger } from "@vidferry/core/pino";
import { onToggleSignal, type Program, type RunningService, runUntilStopped } from "@vidferry/core/program";
import { systemClock } from "@vidferry/core/system";
import packageJson from "../package.json" with { type: "json" };
import { createApp } from "./app.ts";
import type { App } from "./app-env.ts";
import { createOpenAuth } from "./auth/auth.ts";
import { createKeyAuth } from "./auth/keys.ts";
import { createSignInFailures } from "./auth/sign-in-failures.ts";
import { type ApiConfig, defaultApiConfig } from "./config.ts";
import { createService } from "./create-service.ts";
import type { AppDeps } from "./dependencies.ts";
import { type RunningServer, startServer } from "./http/server.ts";
import { createLimits, type RequestLimits } from "./limits/limits.ts";

/** The API as a program: runs until a signal comes. Gives the exit code. */
export function apiProgram(config: Config, program: Program): Promise<number> {
  const logger = createPinoLogger({ level: config.LOG_LEVEL });
  onToggleSignal(() => toggleDebug(logger));
  return runUntilStopped(program, {
    start: (stop) => runApi(config, logger, stop),
    announce: ({ url }) => (url === null ? [] : addresses(url, config)),
    drainMs: config.DRAIN_SECONDS * 1000,
  });
}

/** As what it shows in traces. */
const program = { service: "vidferry-api", version: packageJson.version };

/** Starts the API alone, with the maintenance that needs no worker. */
function runApi(config: Config, logger: Logger, signal: AbortSignal): Promise<RunningService> {
  return openService(config, logger, { signal, migrate: false, program, metrics: true }, async (service) => {
    const maintenance = startMaintenance(service.deps, serviceTasks(service.deps, maintenanceOptions(config)));
    service.onClose(maintenance.stop);
    const server = await startApi(config, service, { engine: null, maintenance });
    return {
      url: server.url,
      onDrain: () => undefined,
      stop: (graceMs) => stopService(service, [server.stop({ graceMs })]),
    };
  });
}

/** What the API runs beside. */
export interface ApiParts extends Pick<AppDeps, "answerMcp"> {
  /** The engine of a worker in the same process; null: there is none. */
  readonly engine: ComposedEngine | null;
  readonly maintenance: Pick<Maintenance, "checks">;
}

/** The API on an open service, for whoever serves it. */
export interface ComposedApi {
  readonly app: App;
  /** Writes what is only noted in memory yet. Call it when requests are over. */
  close(): Promise<void>;
}

/** Puts the API together on an open service, as the configuration says; what `parts.config` says goes before it. */
export function composeApi(
  config: Config,
  { backends, deps, metrics }: OpenService,
  parts: ApiParts & { readonly config?: Partial<ApiConfig> },
): ComposedApi {
  const { engine, maintenance, answerMcp } = parts;
  const { logger } = deps;
  if (metrics !== null) showServiceState(metrics, createServiceStateReader(deps));
  const reuse = reusePolicy(config);
  const checkDisks = createDiskChecks(config);
  const probe =
    engine?.probe ?? (backends.probes && limitProbes(backends.probes.ask, relayedProbes, deps.clock)) ?? refuseProbe;
  const service = createService(deps, {
    ...submitPolicy(config),
    breaker: egressBreaker(config),
    ...(reuse && { reuse: { ...reuse, retentionMs: retentionMs(config) } }),
    retentionMs: retentionMs(config),
    schedules: { shortestPauseMs: config.SCHEDULE_MIN_SECONDS * 1000, mostOfOwner: config.SCHEDULES_PER_OWNER },
    linkSeconds: config.LINK_SECONDS,
    advice: backends.advice,
    probe: lookMs(config) > 0 ? shareProbes(probe, { ...deps, keptMs: lookMs(config) }) : probe,
    moreChecks: async (signal) => {
      const [ofEngine, ofDisks, ofEgresses] = await Promise.all([
        engine?.check(signal) ?? [],
        checkDisks(signal),
        checkEgresses(deps, egressBreaker(config)),
      ]);
      return [...ofEngine, ...ofDisks, ...ofEgresses, ...maintenance.checks()];
    },
  });
  // Without keys there are neither owners nor strangers.
  const limits = config.AUTH === "off" ? null : limitsOf(config, backends);
  const failures = createSignInFailures({ audit: backends.database.audit, logger });
  const app = createApp({
    service,
    auth:
      limits === null
        ? createOpenAuth()
        : createKeyAuth({
            keys: backends.database.keys,
            clock: systemClock,
            logger,
            failures,
            ...(limits.guesses === null ? {} : { guesses: limits.guesses }),
          }),
    ...(limits === null ? {} : { limits }),
    config: {
      ...defaultApiConfig,
      version: packageJson.version,
      publicUrl: config.PUBLIC_URL,
      corsOrigins: config.CORS_ORIGINS,
      trustedProxies: config.TRUSTED_PROXIES,
      traceparentFrom: config.TRACEPARENT_FROM,
      maxStreams: streamLimit(config),
      maxStreamsPerKey: config.MAX_STREAMS_PER_KEY,
      ...(config.LINK_SECRET === null ? {} : { linkSecret: config.LINK_SECRET }),
      ...parts.config,
    },
    logger,
    telemetry: deps.telemetry,
    ...(metrics === null ? {} : { metrics }),
    ...(answerMcp === undefined ? {} : { answerMcp }),
  });
  return { app, close: () => failures.flush() };
}

/** Serves the API on an open service, beside a worker in the same process (`engine`) or without one. */
export async function startApi(config: Config, service: OpenService, parts: ApiParts): Promise<RunningServer> {
  const { app, close } = composeApi(config, service, parts);
  const { logger } = service.deps;
  // A quarter stays free of client connections, authenticated or not, for the same reason.
  const maxConnections = Math.max(streamLimit(config), Math.floor((descriptorLimit() * 3) / 4));
  const server = await startServer({ app, host: config.HOST, port: config.PORT, logger, maxConnections });
  return {
    ...server,
    stop: async (options) => {
      await server.stop(options);
      await close();
    },
  };
}

/** By default half of the descriptors: the others are for the database, child processes, and short requests such as health checks. */
const streamLimit = ({ MAX_STREAMS }: Config): number =>
  MAX_STREAMS ?? Math.min(10_000, Math.ceil(descriptorLimit() / 2));

function limitsOf(config: Config, { rates, database }: OpenService["backends"]): RequestLimits {
  const some = (limit: number): number | null => (limit === 0 ? null : limit);
  return createLimits(
    {
      requestsPerMinute: some(config.REQUESTS_PER_MINUTE),
      anonymousPerMinute: some(config.ANONYMOUS_PER_MINUTE),
      wrongKeysPerMinute: some(config.WRONG_KEYS_PER_MINUTE),
    },
    {
      counter: rates,
      clock: systemClock,
      limitOf: async (owner) => (await database.accounts.get(owner))?.limits.requestsPerMinute ?? null,
    },
  );
}

/** Limits of this process's probes in the shared queue; more wait in this process, so that one API key cannot fill the queue. */
const relayedProbes = { atOnce: 200, atOnceEach: 4, waitingEach: 60 };

/** The soft limit of open file descriptors (`ulimit -n`). */
function descriptorLimit(): number {
  const report = process.report.getReport() as { readonly userLimits?: { readonly open_files?: { soft: unknown } } };
  const descriptors = Number(report.userLimits?.open_files?.soft);
  return Number.isFinite(descriptors) ? descriptors : Number.POSITIVE_INFINITY;
}

const refuseProbe = (): Promise<never> =>
  Promise.reject(
    new AppError(
      "unavailable",
      "This process has no engine, and no way to ask a worker: that needs PostgreSQL or Redis.",
    ),
  );

/** The lines printed once the service runs. */
export function addresses(url: string, config: Config): string[] {
  const shown = config.PUBLIC_URL ?? url;
  return [
    `dashboard  ${shown}/`,
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
