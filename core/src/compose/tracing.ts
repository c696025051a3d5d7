import type { Tracing } from "../adapters/opentelemetry/index.ts";
import type { Config } from "../config/config.ts";
import type { Clock } from "../runtime/clock.ts";
import type { Logger } from "../telemetry/logger.ts";
import { loadAdapter } from "./load-adapter.ts";

/** As what a process shows in traces. */
export interface TracedProgram {
  /** `vidferry-api` and the like. */
  readonly service: string;
  readonly version: string;
}

/** How often a collector that takes nothing is reported, in milliseconds. */
const reportEveryMs = 60_000;

/** Tracing of this process; null while no exporter is configured. */
export async function composeTracing(
  config: Config,
  program: TracedProgram,
  { logger, clock }: { readonly logger: Logger; readonly clock: Clock },
): Promise<Tracing | null> {
  const { OTEL_EXPORTER_OTLP_ENDPOINT, OTEL_EXPORTER_OTLP_TRACES_ENDPOINT, OTEL_TRACES_EXPORTER: exporter } = config;
  const endpoint = OTEL_EXPORTER_OTLP_TRACES_ENDPOINT ?? OTEL_EXPORTER_OTLP_ENDPOINT;
  if (exporter === "none" || (exporter === null && endpoint === null)) return null;
  const { startTracing } = await loadAdapter(
    "OTEL_EXPORTER_OTLP_ENDPOINT",
    ["@opentelemetry/api", "@opentelemetry/sdk-node", "@opentelemetry/resources"],
    () => import("../adapters/opentelemetry/index.ts"),
  );
  let reportedAt = Number.NEGATIVE_INFINITY;
  return startTracing({
    ...program,
    onProblem: (detail) => {
      const now = clock.now().getTime();
      if (now - reportedAt < reportEveryMs) return;
      reportedAt = now;
      logger.warn("traces cannot be delivered; the service goes on without them", { detail });
    },
  });
}
