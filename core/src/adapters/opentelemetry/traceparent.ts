import { isSpanContextValid, type SpanContext } from "@opentelemetry/api";

const shape = /^([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?$/;

/** The value of a header `traceparent` (W3C Trace Context); null when it is none. It comes from strangers. */
export function readTraceparent(header: string | null): SpanContext | null {
  const [, version, traceId = "", spanId = "", flags = "00", more] = shape.exec(header?.trim() ?? "") ?? [];
  if (version === undefined || version === "ff" || (version === "00" && more !== undefined)) return null;
  const found = { traceId, spanId, traceFlags: Number.parseInt(flags, 16) & 1, isRemote: true };
  return isSpanContextValid(found) ? found : null;
}

export function writeTraceparent({ traceId, spanId, traceFlags }: SpanContext): string {
  return `00-${traceId}-${spanId}-${traceFlags & 1 ? "01" : "00"}`;
}
