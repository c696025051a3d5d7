import type { Clock } from "../runtime/clock.ts";
import { createLogObserver } from "../telemetry/log-observer.ts";
import type { Logger } from "../telemetry/logger.ts";
import { createTelemetry, type Observer } from "../telemetry/observer.ts";
import type { Telemetry } from "../telemetry/telemetry.ts";
import { createTracedLogger } from "../telemetry/traced-logger.ts";

/** How often a failing observer is reported, in milliseconds. */
const reportEveryMs = 60_000;

/** Tells the log, and what else observes this process. An observer that fails is reported from time to time. */
export function composeTelemetry(
  { logger, clock }: { readonly logger: Logger; readonly clock: Clock },
  observers: readonly Observer[] = [],
): Telemetry {
  const now = (): number => clock.now().getTime();
  let reportedAt = Number.NEGATIVE_INFINITY;
  const traced = createTracedLogger(logger, { traceparent: () => telemetry.traceparent() });
  const telemetry = createTelemetry([createLogObserver(traced, now), ...observers], (error) => {
    if (now() - reportedAt < reportEveryMs) return;
    reportedAt = now();
    logger.warn("an observer of telemetry failed", { error });
  });
  return telemetry;
}
