import type { ReceivedSpan } from "./otlp.ts";

/** The caller that a job's request came from, as its `traceparent` says. */
export interface Caller {
  readonly traceId: string;
  readonly spanId: string;
}

/** Whether the spans of a job that ended with a webhook are all there. */
export function isComplete(spans: readonly ReceivedSpan[]): boolean {
  const names = new Set(spans.map(({ name }) => name));
  return ["POST /api/v1/downloads", "attempt", "step resolve", "step store", "webhook delivery"].every((name) =>
    names.has(name),
  );
}

/**
 * What is wrong with the trace of a job that succeeded at once: it leads from the caller over the request and the queue to the
 * attempt, its steps and its children, and to the webhook of its end.
 */
export function faultsOf(all: readonly ReceivedSpan[], { traceId, spanId }: Caller, jobId: string): readonly string[] {
  const faults: string[] = [];
  const spans = all.filter((span) => span.traceId === traceId);
  const only = (name: string): ReceivedSpan | undefined => {
    const found = spans.filter((span) => span.name === name);
    if (found.length !== 1) faults.push(`${found.length} spans "${name}"`);
    return found[0];
  };
  const isBelow = (span: ReceivedSpan | undefined, parent: string | undefined): void => {
    if (span !== undefined && span.parentSpanId !== parent)
      faults.push(`"${span.name}" is below ${span.parentSpanId}, not below ${parent}`);
  };
  const request = only("POST /api/v1/downloads");
  isBelow(request, spanId);
  const attempt = only("attempt");
  isBelow(attempt, request?.spanId);
  if (attempt?.attributes["vidferry.job.id"] !== jobId) faults.push("the attempt is of another job");
  isBelow(only("webhook delivery"), request?.spanId);
  for (const name of ["step resolve", "step verify", "step store"]) isBelow(only(name), attempt?.spanId);
  const steps = new Set(spans.filter(({ name }) => name.startsWith("step ")).map((span) => span.spanId));
  const children = spans.filter(({ attributes }) => attributes["process.executable.name"] !== undefined);
  if (children.length === 0) faults.push("no program ran");
  for (const child of children) if (!steps.has(child.parentSpanId ?? "")) faults.push(`"${child.name}" is in no step`);
  const known = new Set([spanId, ...spans.map((span) => span.spanId)]);
  for (const span of spans)
    if (!known.has(span.parentSpanId ?? "")) faults.push(`the parent of "${span.name}" was not received`);
  return faults;
}
