import { DiagLogLevel, diag, trace } from "@opentelemetry/api";
import { envDetector, hostDetector, resourceFromAttributes, serviceInstanceIdDetector } from "@opentelemetry/resources";
import { NodeSDK } from "@opentelemetry/sdk-node";
import type { Observer } from "../../telemetry/observer.ts";
import { within } from "../system/within.ts";
import { createTraceObserver } from "./observer.ts";

/** Options of {@link startTracing}. */
export interface TracingOptions {
  /** `service.name`, unless OTEL_SERVICE_NAME or OTEL_RESOURCE_ATTRIBUTES say otherwise. */
  readonly service: string;
  readonly version: string;
  /** Is told when spans cannot be delivered. */
  readonly onProblem: (detail: string) => void;
}

/** Tracing of this process. */
export interface Tracing {
  readonly observer: Observer;
  /** Delivers what waits, for two seconds at most: a collector that hangs delays no end of a process. */
  close(): Promise<void>;
}

const flushMs = 2_000;

/**
 * Starts OpenTelemetry's own SDK, which reads the standard variables `OTEL_*`: where to, how much (OTEL_TRACES_SAMPLER), and
 * limits. Spans are sent in batches beside the work; what a collector does not take is dropped, never waited for.
 */
export function startTracing({ service, version, onProblem }: TracingOptions): Tracing {
  const problem = (detail: unknown): void => onProblem(String(detail));
  const ignore = (): void => undefined;
  diag.setLogger(
    { error: problem, warn: problem, info: ignore, debug: ignore, verbose: ignore },
    { logLevel: DiagLogLevel.WARN, suppressOverrideMessage: true },
  );
  const sdk = new NodeSDK({
    resource: resourceFromAttributes({ "service.name": service, "service.version": version }),
    // Not the detector of processes: it would send the command line.
    resourceDetectors: [serviceInstanceIdDetector, hostDetector, envDetector],
    // Metrics are scraped, and logs are lines on standard output.
    metricReaders: [],
    logRecordProcessors: [],
  });
  sdk.start();
  return {
    observer: createTraceObserver(trace.getTracer("vidferry", version)),
    close: async () => {
      await within(flushMs, sdk.shutdown(), () => new Error("the collector does not answer")).catch(problem);
    },
  };
}
