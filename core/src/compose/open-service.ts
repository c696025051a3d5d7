import { cronerCalendar } from "../adapters/croner/index.ts";
import { compilePattern } from "../adapters/re2js/index.ts";
import { createIdGenerator, systemClock } from "../adapters/system/index.ts";
import type { Config } from "../config/config.ts";
import type { ServiceDeps } from "../dependencies.ts";
import { defaultMaintenanceOptions, type MaintenanceOptions } from "../maintenance/index.ts";
import type { Logger } from "../telemetry/logger.ts";
import { createTracedLogger } from "../telemetry/traced-logger.ts";
import { type ComposedBackends, composeBackends } from "./backends.ts";
import { egressBreaker } from "./egress-breaker.ts";
import { submitPolicy } from "./engine.ts";
import { followLogLevel } from "./log-level.ts";
import { composeMetrics, type ProcessMetrics, serveMetrics, showEgresses, showEngines } from "./metrics.ts";
import { prepareBackends } from "./prepare-backends.ts";
import { composeSecrets } from "./secrets.ts";
import { composeTelemetry } from "./telemetry.ts";
import { composeTracing, type TracedProgram } from "./tracing.ts";
import { composeWebhooks } from "./webhooks.ts";

/** What every role of the service stands on. */
export interface OpenService {
  readonly backends: ComposedBackends;
  readonly deps: ServiceDeps;
  /** Null: this process keeps none. */
  readonly metrics: ProcessMetrics | null;
  /** Adds what ends with the service. */
  onClose(close: () => Promise<void>): void;
  /** Ends everything, the latest first, so that nothing loses what it still needs. */
  close(): Promise<void>;
}

/**
 * Opens the backends as the configuration says, looks at them, and starts a role on them. When it cannot be started, all
 * of it is closed again.
 */
export async function openService<T>(
  config: Config,
  plain: Logger,
  options: {
    readonly signal: AbortSignal;
    readonly migrate: boolean;
    /** As what this process shows in traces and metrics. */
    readonly program: TracedProgram;
    /** Whether it keeps metrics. */
    readonly metrics: boolean;
  },
  start: (service: OpenService) => Promise<T>,
): Promise<T> {
  const tracing = await composeTracing(config, options.program, { logger: plain, clock: systemClock });
  const metrics = options.metrics ? await composeMetrics(plain, options.program.version) : null;
  const observers = [tracing, metrics].flatMap((part) => part?.observer ?? []);
  const telemetry = composeTelemetry({ logger: plain, clock: systemClock }, observers);
  const logger = tracing === null ? plain : createTracedLogger(plain, telemetry);
  const secretSupport = composeSecrets(config);
  const backends = await composeBackends(config, { clock: systemClock, logger });
  const closers: (() => Promise<void>)[] = [...(tracing === null ? [] : [tracing.close]), backends.close];
  const service: OpenService = {
    backends,
    metrics,
    deps: {
      ...backends,
      clock: systemClock,
      ids: createIdGenerator(),
      logger,
      telemetry,
      calendar: cronerCalendar(),
      secretSupport,
      webhookSupport: composeWebhooks(config, secretSupport),
      compilePattern,
    },
    onClose: (close) => void closers.push(close),
    close: async () => {
      for (const close of closers.toReversed())
        await close().catch((error: unknown) => logger.warn("a part did not stop cleanly", { error }));
    },
  };
  try {
    await prepareBackends(config, backends, logger, options);
    const stopFollowing = followLogLevel(logger, backends.signals);
    closers.push(async () => stopFollowing());
    if (metrics !== null) {
      showEgresses(metrics, backends.database, egressBreaker(config));
      showEngines(metrics, backends.database);
    }
    if (metrics !== null) closers.push(await serveMetrics(metrics, config, logger));
    return await start(service);
  } catch (error) {
    await service.close();
    throw error;
  }
}

/** Ends parts of a service side by side, and what they stand on after them. */
export async function stopService(service: OpenService, ends: readonly (Promise<void> | undefined)[]): Promise<void> {
  for (const end of await Promise.allSettled(ends)) {
    if (end.status === "rejected") service.deps.logger.warn("a part did not stop cleanly", { error: end.reason });
  }
  await service.close();
}

/** The options of the maintenance as the configuration says. */
export function maintenanceOptions(config: Config): MaintenanceOptions {
  return {
    ...defaultMaintenanceOptions,
    leaseMs: config.LEASE_SECONDS * 1000,
    orphansEveryMs: config.ORPHAN_SECONDS * 1000,
    orphanMaxShare: config.ORPHAN_MAX_SHARE,
    webhookLogMs: config.WEBHOOK_LOG_SECONDS * 1000,
    submit: submitPolicy(config),
    historyMs: config.HISTORY_SECONDS === null ? null : config.HISTORY_SECONDS * 1000,
    auditMs: config.AUDIT_SECONDS * 1000,
    batchesMs: config.BATCH_SECONDS * 1000,
  };
}
