import type { LogFields, Logger } from "./logger.ts";
import type { Telemetry } from "./telemetry.ts";

/** A logger whose lines name the trace of the operation that writes them, so that one leads to the other. */
export function createTracedLogger(logger: Logger, telemetry: Pick<Telemetry, "traceparent">): Logger {
  const traced = (fields: LogFields | undefined): LogFields | undefined => {
    const traceId = telemetry.traceparent()?.split("-")[1];
    return traceId === undefined ? fields : { traceId, ...fields };
  };
  return {
    debug: (message, fields) => logger.debug(message, traced(fields)),
    info: (message, fields) => logger.info(message, traced(fields)),
    warn: (message, fields) => logger.warn(message, traced(fields)),
    error: (message, fields) => logger.error(message, traced(fields)),
    child: (fields) => createTracedLogger(logger.child(fields), telemetry),
  };
}
