import { type Attributes, SpanKind } from "@opentelemetry/api";
import type { Begun, Ended, OperationKind } from "../../telemetry/operations.ts";

/** How a kind of operation becomes a span. Names and attributes are those of the semantic conventions where they have one. */
export interface SpanForm<K extends OperationKind> {
  readonly kind: SpanKind;
  /** Few different ones: what tells operations apart is in the attributes. */
  name(facts: Ended<K>): string;
  attributes(facts: Ended<K>): Attributes;
  /** The trace that it belongs to, when that is not the operation around it. */
  parent?(facts: Begun<K>): string | null;
  /** Another trace that it only refers to, and in what respect. */
  link?(facts: Begun<K>): { readonly as: string; readonly traceparent: string | null };
  /** Why it counts as failed although its work did not reject; null: it does not. */
  failure?(facts: Ended<K>): string | null;
  /**
   * Shown only when it has ended like this: it happens all the time, mostly for nothing. Nothing that happens inside belongs to
   * it.
   */
  worthIt?(facts: Ended<K>, error: unknown): boolean;
}

/** Facts without those that are not known; null is no value of an attribute. */
function known(facts: Readonly<Record<string, string | number | boolean | null | undefined>>): Attributes {
  return Object.fromEntries(
    Object.entries(facts).filter(([, value]) => value !== null && value !== undefined),
  ) as Attributes;
}

/** A span for each operation. An open stream has none: it would end hours after what opened it. */
export const spanForms: { readonly [K in OperationKind]?: SpanForm<K> } = {
  request: {
    kind: SpanKind.SERVER,
    name: ({ method, route }) => `${method} ${route ?? "unmatched"}`,
    attributes: ({ method, route, status, requestId, keyId }) =>
      known({
        "http.request.method": method,
        "http.route": route,
        "http.response.status_code": status,
        "vidferry.request.id": requestId,
        "vidferry.key.id": keyId,
      }),
    parent: ({ traceparent }) => traceparent,
    link: ({ linkedTraceparent }) => ({ as: "caller", traceparent: linkedTraceparent }),
    failure: ({ status = 0 }) => (status >= 500 ? String(status) : null),
    // Monitors ask every few seconds.
    worthIt: ({ routine = false }, error) => !routine || error !== undefined,
  },
  attempt: {
    kind: SpanKind.CONSUMER,
    name: () => "attempt",
    attributes: ({ jobId, attempt, requestId, waitedSeconds, outcome, code, files, retryInSeconds, ytDlp }) =>
      known({
        "vidferry.job.id": jobId,
        "vidferry.attempt": attempt,
        "vidferry.request.id": requestId,
        "vidferry.queue.wait_seconds": waitedSeconds,
        "vidferry.attempt.outcome": outcome,
        "error.type": code,
        "vidferry.attempt.files": files,
        "vidferry.attempt.yt_dlp": ytDlp,
        "vidferry.attempt.retry_in_seconds": retryInSeconds,
      }),
    parent: ({ traceparent }) => traceparent,
    link: ({ attempt, traceparent }) => ({ as: "retry", traceparent: attempt > 1 ? traceparent : null }),
    failure: ({ outcome, code }) => (outcome === "failed" || outcome === "retried" ? (code ?? outcome) : null),
  },
  step: {
    kind: SpanKind.INTERNAL,
    name: ({ step }) => `step ${step}`,
    attributes: ({ step, stage, kept, skipped }) =>
      known({
        "vidferry.step": step,
        "vidferry.stage": stage,
        "vidferry.step.kept": kept,
        "vidferry.step.skipped": skipped,
      }),
  },
  child: {
    kind: SpanKind.INTERNAL,
    name: ({ program }) => program,
    attributes: ({ program, exitCode, signal, stoppedBy }) =>
      known({
        "process.executable.name": program,
        "process.exit.code": exitCode,
        "vidferry.child.signal": signal,
        "vidferry.child.stopped_by": stoppedBy,
      }),
    failure: ({ exitCode, signal, stoppedBy }) => stoppedBy ?? signal ?? (exitCode ? `exit ${exitCode}` : null),
  },
  claim: {
    kind: SpanKind.CLIENT,
    name: () => "claim",
    attributes: ({ most, jobs }) => known({ "vidferry.claim.most": most, "vidferry.claim.jobs": jobs }),
    worthIt: ({ jobs = 0 }, error) => jobs > 0 || error !== undefined,
  },
  task: {
    kind: SpanKind.INTERNAL,
    name: ({ task }) => `maintenance ${task}`,
    attributes: ({ task }) => known({ "vidferry.task": task }),
    worthIt: (_, error) => error !== undefined,
  },
  delivery: {
    kind: SpanKind.PRODUCER,
    name: () => "webhook delivery",
    attributes: ({ deliveryId, webhookId, outcome, status }) =>
      known({
        "vidferry.delivery.id": deliveryId,
        "vidferry.webhook.id": webhookId,
        "vidferry.delivery.outcome": outcome,
        "http.response.status_code": status,
      }),
    parent: ({ traceparent }) => traceparent,
    failure: ({ outcome, status }) => (outcome === "delivered" ? null : String(status ?? outcome ?? "unrecorded")),
  },
};
