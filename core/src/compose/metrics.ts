import type { LabelsOf, Meter, MetricName } from "../adapters/prometheus/index.ts";
import { type Config, ConfigError } from "../config/config.ts";
import type { Database } from "../database/database.ts";
import type { BreakerOptions } from "../egress/breaker.ts";
import { listEgresses } from "../egress/manage-egresses.ts";
import { type EgressResource, EgressState, toEgressResource } from "../egress/resource.ts";
import { JobState } from "../jobs/states.ts";
import type { Logger } from "../telemetry/logger.ts";
import type { Observer } from "../telemetry/observer.ts";
import { loadAdapter } from "./load-adapter.ts";
import type { ServiceStateReader } from "./service-state.ts";

/** The metrics of a process. */
export interface ProcessMetrics {
  readonly observer: Observer;
  readonly meter: Meter;
  readonly contentType: string;
  /** All metrics, as Prometheus reads them. */
  text(): Promise<string>;
  /** Adds what is asked before each text. What it throws is logged, and leaves its numbers as they are. */
  beforeText(look: () => Promise<void>): void;
}

/** Loads the adapter and makes the metrics of this process, a program of this version. */
export async function composeMetrics(logger: Logger, version: string): Promise<ProcessMetrics> {
  const { createMeter, createMetricsObserver } = await loadAdapter(
    "METRICS_PORT",
    ["prom-client"],
    () => import("../adapters/prometheus/index.ts"),
  );
  const meter = createMeter();
  meter.set("vidferry_build_info", { version }, 1);
  const looks: (() => Promise<void>)[] = [];
  return {
    meter,
    observer: createMetricsObserver(meter),
    contentType: meter.contentType,
    text: async () => {
      const report = (error: unknown): void => logger.debug("a measurement could not be taken", { error });
      await Promise.all(looks.map((look) => look().catch(report)));
      return await meter.text();
    },
    beforeText: (look) => void looks.push(look),
  };
}

/** Serves the metrics on `METRICS_PORT`. Returns what ends that. Throws {@link ConfigError} when the port cannot be had. */
export async function serveMetrics(
  metrics: ProcessMetrics,
  { METRICS_HOST: host, METRICS_PORT: port }: Pick<Config, "METRICS_HOST" | "METRICS_PORT">,
  logger: Logger,
): Promise<() => Promise<void>> {
  if (port === null) return async () => undefined;
  const { startMetricsServer } = await import("../adapters/prometheus/index.ts");
  const onError = (error: unknown): void => logger.warn("metrics could not be served", { error });
  const server = await startMetricsServer(metrics, { host, port, onError }).catch((error: Error) => {
    throw new ConfigError([`METRICS_PORT: expected a port of ${host} that is free (${error.message})`]);
  });
  logger.info("metrics are served", { address: server.url });
  return server.stop;
}

/** Shows the numbers that the database knows. */
export function showServiceState({ meter, beforeText }: ProcessMetrics, { read }: ServiceStateReader): void {
  beforeText(async () => {
    const seen = await read();
    meter.set("vidferry_state_age_seconds", {}, seen?.ageSeconds ?? null);
    meter.set("vidferry_stored_bytes", {}, seen?.state.storedBytes ?? null);
    for (const state of JobState.options) meter.set("vidferry_jobs", { state }, seen?.state.jobs[state] ?? null);
    for (const lane of ["high", "normal", "low"] as const) {
      const shown = seen?.state.queue.lanes[lane];
      meter.set("vidferry_queue_depth", { lane }, shown?.depth ?? null);
      const oldest = shown === undefined ? null : (shown.oldestAgeMs ?? 0) / 1000;
      meter.set("vidferry_queue_oldest_age_seconds", { lane }, oldest);
    }
    for (const reason of ["schedule", "retry", "egress", "live", "quota", "fair_share", "reuse"] as const)
      meter.set("vidferry_queue_waiting", { reason }, seen === null ? null : (seen.state.queue.waiting[reason] ?? 0));
  });
}

/** Shows the egresses, which all processes share. Those that are gone are shown no more. */
export function showEgresses(
  { meter, beforeText }: Pick<ProcessMetrics, "meter" | "beforeText">,
  database: Pick<Database, "egresses">,
  breaker: BreakerOptions,
): void {
  let before: readonly string[] = [];
  beforeText(async () => {
    const { now, egresses } = await listEgresses({ database });
    const shown = egresses.map((egress) => toEgressResource(egress, now, breaker));
    const names = shown.map(({ name }) => name);
    const show = (egress: string, one: EgressResource | null): void => {
      for (const state of EgressState.options)
        meter.set("vidferry_egress_state", { egress, state }, one === null ? null : Number(one.state === state));
      meter.set("vidferry_egress_used_this_hour", { egress }, one?.usedThisHour ?? null);
      meter.set("vidferry_egress_budget", { egress }, one?.resolvesPerHour ?? null);
    };
    for (const one of shown) show(one.name, one);
    for (const gone of before.filter((name) => !names.includes(name))) show(gone, null);
    before = names;
  });
}

/** Shows which versions of yt-dlp attempts are run with. */
export function showEngines(
  { meter, beforeText }: Pick<ProcessMetrics, "meter" | "beforeText">,
  { engineChoices }: Pick<Database, "engineChoices">,
): void {
  let before: readonly LabelsOf<"vidferry_engine_share">[] = [];
  beforeText(async () => {
    const { current, trial } = (await engineChoices.read()).choice;
    const tried = trial === null ? [] : [{ labels: { version: trial.version, role: "trial" }, share: trial.share }];
    const rest = 1 - (trial?.share ?? 0);
    const shown = [{ labels: { version: current ?? "settings", role: "current" }, share: rest }, ...tried];
    for (const labels of before) meter.set("vidferry_engine_share", labels, null);
    for (const { labels, share } of shown) meter.set("vidferry_engine_share", labels, share);
    before = shown.map(({ labels }) => labels);
  });
}

/** What a worker shows of its machine. */
export interface WorkerGauges {
  readonly concurrency: number;
  readonly reserveBytes: number;
  /** Null: not known. */
  freeBytes(): Promise<number | null>;
}

/** Shows what a worker may do, and the room that it has. */
export function showWorker({ meter, beforeText }: ProcessMetrics, worker: WorkerGauges): void {
  meter.set("vidferry_worker_concurrency", {}, worker.concurrency);
  meter.set("vidferry_work_disk_reserve_bytes", {}, worker.reserveBytes);
  const free: MetricName = "vidferry_work_disk_free_bytes";
  beforeText(async () => {
    meter.set(free, {}, await worker.freeBytes().catch(() => null));
  });
}
