import {
  type Context,
  context,
  isSpanContextValid,
  type Link,
  ROOT_CONTEXT,
  type Span,
  SpanStatusCode,
  type Tracer,
  trace,
} from "@opentelemetry/api";
import { isAppError } from "../../errors/app-error.ts";
import type { Observer } from "../../telemetry/observer.ts";
import type { Begun, Ended, OccurrenceKind, Occurrences, OperationKind } from "../../telemetry/operations.ts";
import { type SpanForm, spanForms } from "./spans.ts";
import { readTraceparent, writeTraceparent } from "./traceparent.ts";

/** What happens inside of an operation, and is worth a mark on its span. */
const marked: ReadonlySet<OccurrenceKind> = new Set(["egress-refused", "write-fenced", "worker-lost"]);

/**
 * Makes spans of what the service tells. One trace leads from the request over the queue to the attempts, their steps and
 * children, and to the webhooks that tell of the end.
 */
export function createTraceObserver(tracer: Tracer): Observer {
  return {
    begun: <K extends OperationKind>(kind: K, begun: Begun<K>) => {
      const form = spanForms[kind] as SpanForm<K> | undefined;
      if (form === undefined) return null;
      const [parent, links] = placeOf(form, begun);
      const startTime = Date.now();
      const start = (facts: Ended<K>): Span =>
        tracer.startSpan(
          form.name(facts),
          { kind: form.kind, attributes: form.attributes(facts), links, startTime },
          parent,
        );
      const end = (span: Span, facts: Ended<K>, error: unknown): void => {
        span.updateName(form.name(facts));
        span.setAttributes(form.attributes(facts));
        const failure = error === undefined ? (form.failure?.(facts) ?? null) : nameOf(error);
        if (failure !== null) {
          span.setAttribute("error.type", failure);
          span.setStatus({ code: SpanStatusCode.ERROR, message: failure });
        }
        span.end();
      };
      // A request is begun at once all the same: what it causes must know it.
      if (form.worthIt !== undefined && kind !== "request") {
        return {
          ended: (facts: Ended<K>, error: unknown) => {
            if (form.worthIt?.(facts, error)) end(start(facts), facts, error);
          },
        };
      }
      const span = start(begun as Ended<K>);
      const inside = trace.setSpan(parent, span);
      return {
        within: (work) => context.with(inside, work),
        ended: (facts: Ended<K>, error: unknown) => {
          if (form.worthIt === undefined || form.worthIt(facts, error)) end(span, facts, error);
        },
      };
    },
    happened: <K extends OccurrenceKind>(kind: K, facts: Occurrences[K]) => {
      if (marked.has(kind)) trace.getActiveSpan()?.addEvent(kind, { ...facts } as Record<string, string | number>);
    },
    traceparent: () => {
      const here = trace.getActiveSpan()?.spanContext();
      return here !== undefined && isSpanContextValid(here) ? writeTraceparent(here) : null;
    },
  };
}

/** The context that a span begins in, and what it is linked to. */
function placeOf<K extends OperationKind>(form: SpanForm<K>, begun: Begun<K>): readonly [Context, Link[]] {
  if (form.parent === undefined) return [context.active(), []];
  const { as, traceparent } = form.link?.(begun) ?? { as: "", traceparent: null };
  const linked = readTraceparent(traceparent);
  const links = linked === null ? [] : [{ context: linked, attributes: { "vidferry.link": as } }];
  const origin = readTraceparent(form.parent(begun));
  // Whatever runs around it is the loop of a worker or of a server, which nothing of this belongs to.
  return [origin === null ? ROOT_CONTEXT : trace.setSpanContext(ROOT_CONTEXT, origin), links];
}

/** Of an error nothing but its code or name: messages may quote what a client wrote. */
function nameOf(error: unknown): string {
  if (isAppError(error)) return error.code;
  return error instanceof Error ? error.name : "unknown";
}
