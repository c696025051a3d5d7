import type { Observation, Observer } from "../../telemetry/observer.ts";
import type { Ended, OccurrenceKind, Occurrences, OperationKind } from "../../telemetry/operations.ts";
import type { Meter } from "./meter.ts";

type Finish<K extends OperationKind> = (facts: Ended<K>, seconds: number, error: unknown) => void;

const whenDone = (error: unknown): "succeeded" | "failed" => (error === undefined ? "succeeded" : "failed");

/** Measures what happens. */
export function createMetricsObserver(meter: Meter): Observer {
  const inFlight = (name: "vidferry_sse_streams" | "vidferry_worker_jobs_running"): (() => void) => {
    meter.add(name, {}, 1);
    return () => meter.add(name, {}, -1);
  };
  // There are none, rather than an unknown number.
  for (const name of ["vidferry_sse_streams", "vidferry_worker_jobs_running"] as const) meter.add(name, {}, 0);
  /** Called when an operation begins; what they give is called when it has ended. */
  const operations: { readonly [K in OperationKind]: () => Finish<K> } = {
    request:
      () =>
      ({ method, route = "unmatched", status = 0 }, seconds) => {
        const labels = { method, route, status: String(status) };
        meter.observe("vidferry_http_request_duration_seconds", labels, seconds);
      },
    stream: () => inFlight("vidferry_sse_streams"),
    claim: () => (_facts, seconds) => meter.observe("vidferry_claim_duration_seconds", {}, seconds),
    attempt: () => {
      const left = inFlight("vidferry_worker_jobs_running");
      return ({ outcome = "unrecorded", code, waitedSeconds }) => {
        left();
        meter.add("vidferry_job_attempts_total", { outcome }, 1);
        if (code !== undefined) meter.add("vidferry_attempt_errors_total", { code }, 1);
        if (waitedSeconds !== null) meter.observe("vidferry_queue_wait_seconds", {}, waitedSeconds);
      };
    },
    step:
      () =>
      ({ step, kept = false }, seconds) => {
        if (!kept) meter.observe("vidferry_step_duration_seconds", { step }, seconds);
      },
    child:
      () =>
      ({ program, exitCode, stoppedBy = null }, seconds) => {
        const outcome = stoppedBy !== null ? "stopped" : exitCode === 0 ? "succeeded" : "failed";
        meter.observe("vidferry_child_duration_seconds", { program, outcome }, seconds);
      },
    task:
      () =>
      ({ task }, _seconds, error) => {
        meter.add("vidferry_maintenance_runs_total", { task, outcome: whenDone(error) }, 1);
        if (error === undefined) meter.set("vidferry_maintenance_last_success_seconds", { task }, Date.now() / 1000);
      },
    delivery:
      () =>
      ({ outcome }) => {
        if (outcome !== undefined) meter.add("vidferry_webhook_deliveries_total", { outcome }, 1);
      },
  };
  const occurrences: { readonly [K in OccurrenceKind]: (facts: Occurrences[K]) => void } = {
    "job-moved": ({ state, code, ranSeconds }) => {
      if (code !== null) meter.add("vidferry_job_failures_total", { code }, 1);
      if (ranSeconds !== null) meter.observe("vidferry_job_duration_seconds", { outcome: state }, ranSeconds);
    },
    "stage-left": ({ stage, seconds }) => meter.observe("vidferry_job_stage_seconds", { stage }, seconds),
    "bytes-downloaded": ({ bytes }) => meter.add("vidferry_downloaded_bytes_total", {}, bytes),
    "link-looked-at": (labels) => meter.add("vidferry_looks_total", { ...labels }, 1),
    "job-reused": ({ how }) => meter.add("vidferry_jobs_reused_total", { how }, 1),
    "write-fenced": () => meter.add("vidferry_fenced_writes_total", {}, 1),
    "worker-lost": () => meter.add("vidferry_worker_lost_total", {}, 1),
    "batch-expanded": ({ outcome }) => meter.add("vidferry_batches_total", { outcome }, 1),
    "schedule-ran": ({ outcome, lateSeconds }) => {
      meter.add("vidferry_schedule_runs_total", { outcome }, 1);
      meter.observe("vidferry_schedule_late_seconds", {}, lateSeconds);
    },
    "engine-ran": ({ version, outcome, runs }) => meter.add("vidferry_engine_runs_total", { version, outcome }, runs),
    "egress-refused": ({ egress, code }) => meter.add("vidferry_egress_refusals_total", { egress, code }, 1),
  };
  return {
    begun: <K extends OperationKind>(kind: K): Observation<K> => {
      const finish = operations[kind]();
      const began = performance.now();
      return { ended: (facts, error) => finish(facts, (performance.now() - began) / 1000, error) };
    },
    happened: (kind, facts) => occurrences[kind](facts),
  };
}
