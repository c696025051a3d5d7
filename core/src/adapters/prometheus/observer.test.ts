import { describe, expect, test } from "bun:test";
import { observerConformance } from "@vidferry/testing/conformance";
import { errorCodeNames } from "../../errors/codes.ts";
import { createTelemetry } from "../../telemetry/observer.ts";
import { createMeter } from "./meter.ts";
import { metricTable } from "./metric-table.ts";
import { createMetricsObserver } from "./observer.ts";

observerConformance({ describe, test, expect, name: "prometheus", create: () => createMetricsObserver(createMeter()) });

function createBench() {
  const meter = createMeter();
  const telemetry = createTelemetry([createMetricsObserver(meter)], (error) => {
    throw error;
  });
  /** The value of a series, written as Prometheus writes it; null: it is not reported. */
  const value = async (series: string): Promise<number | null> => {
    const line = (await meter.text()).split("\n").find((candidate) => candidate.startsWith(`${series} `));
    return line === undefined ? null : Number(line.slice(series.length + 1));
  };
  return { meter, telemetry, value };
}

const attempt = { jobId: "job_1", attempt: 1, requestId: null, traceparent: null, waitedSeconds: 2 };

describe("metrics", () => {
  test("measure requests by route, and strange methods as one", async () => {
    const { telemetry, value } = createBench();
    for (const method of ["GET", "BREW", "PROPFIND"]) {
      const begun = { method, requestId: "req_1", traceparent: null, linkedTraceparent: null };
      await telemetry.during("request", begun, async (note) => note({ route: "/api/v1/downloads/:id", status: 200 }));
    }
    const name = "vidferry_http_request_duration_seconds_count";
    expect(await value(`${name}{method="GET",route="/api/v1/downloads/:id",status="200"}`)).toBe(1);
    expect(await value(`${name}{method="other",route="/api/v1/downloads/:id",status="200"}`)).toBe(2);
  });

  test("never have more series than can be counted beforehand, whatever is told", async () => {
    const { telemetry, meter } = createBench();
    for (let each = 0; each < 10_000; each += 1) {
      telemetry.happened("egress-refused", { egress: `egr_${each}`, purpose: "attempt", code: "bot_check" });
      await telemetry.during("task", { task: `task-${each}` }, async () => undefined);
    }
    const text = await meter.text();
    const series = text.split("\n").filter((line) => line.startsWith("vidferry_egress_refusals_total{"));
    expect(series.length).toBe(201);
    expect(series.at(-1)).toBe('vidferry_egress_refusals_total{egress="other",code="bot_check"} 9800');
  });

  test("have no label for what clients make: ten thousand keys, owners, links or jobs are not one series", () => {
    const labels = Object.values(metricTable).map(
      (metric) => metric.labels as Record<string, readonly string[] | null>,
    );
    const free = labels.flatMap((one) => Object.keys(one).filter((name) => one[name] === null));
    // The program's own words and the operator's egresses.
    expect([...new Set(free)].toSorted()).toEqual(["egress", "route", "status", "step", "task", "version"]);
  });

  test("count attempts by their end, and show those that run", async () => {
    const { telemetry, value } = createBench();
    await telemetry.during("attempt", attempt, async (note) => {
      expect(await value("vidferry_worker_jobs_running")).toBe(1);
      note({ outcome: "retried", code: "bot_check" });
    });
    await telemetry.during("attempt", attempt, () => Promise.reject(new Error("no"))).catch(() => undefined);
    expect(await value("vidferry_worker_jobs_running")).toBe(0);
    expect(await value('vidferry_job_attempts_total{outcome="retried"}')).toBe(1);
    expect(await value('vidferry_job_attempts_total{outcome="unrecorded"}')).toBe(1);
    expect(await value('vidferry_attempt_errors_total{code="bot_check"}')).toBe(1);
    expect(await value("vidferry_queue_wait_seconds_sum")).toBe(4);
  });

  test("count jobs when they are over, and failures by their code", async () => {
    const { telemetry, value } = createBench();
    const job = { jobId: "job_1", attempt: 1, requestId: null, code: null, ranSeconds: null };
    telemetry.happened("job-moved", { ...job, state: "queued" });
    telemetry.happened("job-moved", { ...job, state: "succeeded", ranSeconds: 4 });
    telemetry.happened("job-moved", { ...job, state: "failed", code: "video_private", ranSeconds: 1 });
    telemetry.happened("job-moved", { ...job, state: "canceled" });
    expect(await value('vidferry_job_duration_seconds_sum{outcome="succeeded"}')).toBe(4);
    expect(await value('vidferry_job_duration_seconds_count{outcome="failed"}')).toBe(1);
    expect(await value('vidferry_job_duration_seconds_count{outcome="canceled"}')).toBe(0);
    expect(await value('vidferry_job_failures_total{code="video_private"}')).toBe(1);
  });

  test("measure everything else that is told", async () => {
    const { telemetry, value } = createBench();
    telemetry.happened("stage-left", { stage: "downloading", seconds: 3 });
    telemetry.happened("bytes-downloaded", { bytes: 1_000 });
    telemetry.happened("write-fenced", { jobId: "job_1", attempt: 1 });
    telemetry.happened("worker-lost", { jobId: "job_1", attempt: 1, state: "queued" });
    await telemetry.during("claim", { most: 1 }, async (note) => note({ jobs: 0 }));
    await telemetry.during("step", { step: "fetch", stage: "downloading" }, async (note) => note({ kept: false }));
    await telemetry.during("step", { step: "cut", stage: "processing" }, async (note) => note({ kept: true }));
    const child = (exitCode: number | null, stoppedBy: string | null) =>
      telemetry.during("child", { program: "yt-dlp" }, async (note) => note({ exitCode, signal: null, stoppedBy }));
    await Promise.all([child(0, null), child(1, null), child(null, "deadline")]);
    const begun = { deliveryId: "dlv_1", webhookId: null, traceparent: null };
    await telemetry.during("delivery", begun, async (note) => note({ outcome: "delivered", status: 204 }));
    await telemetry.during("task", { task: "due-jobs" }, async () => undefined);
    await telemetry.during("task", { task: "orphans" }, () => Promise.reject(new Error("no"))).catch(() => undefined);
    expect(await value('vidferry_job_stage_seconds_sum{stage="downloading"}')).toBe(3);
    expect(await value("vidferry_downloaded_bytes_total")).toBe(1_000);
    expect(await value("vidferry_fenced_writes_total")).toBe(1);
    expect(await value("vidferry_worker_lost_total")).toBe(1);
    expect(await value("vidferry_claim_duration_seconds_count")).toBe(1);
    expect(await value('vidferry_step_duration_seconds_count{step="fetch"}')).toBe(1);
    expect(await value('vidferry_step_duration_seconds_count{step="cut"}')).toBeNull();
    for (const outcome of ["succeeded", "failed", "stopped"])
      expect(await value(`vidferry_child_duration_seconds_count{program="yt-dlp",outcome="${outcome}"}`)).toBe(1);
    expect(await value('vidferry_webhook_deliveries_total{outcome="delivered"}')).toBe(1);
    expect(await value('vidferry_maintenance_last_success_seconds{task="due-jobs"}')).toBeGreaterThan(1_700_000_000);
    expect(await value('vidferry_maintenance_last_success_seconds{task="orphans"}')).toBeNull();
    expect(await value('vidferry_maintenance_runs_total{task="orphans",outcome="failed"}')).toBe(1);
  });

  test("show streams while they are open", async () => {
    const { telemetry, value } = createBench();
    expect(await value("vidferry_sse_streams")).toBe(0);
    const closed = Promise.withResolvers<void>();
    const stream = telemetry.during("stream", { transport: "sse", requestId: "req_1" }, () => closed.promise);
    expect(await value("vidferry_sse_streams")).toBe(1);
    closed.resolve();
    await stream;
    expect(await value("vidferry_sse_streams")).toBe(0);
  });

  test("begin with 0 where all labels are known, so that the first failure is seen as a change", async () => {
    const { value } = createBench();
    for (const code of errorCodeNames) expect(await value(`vidferry_job_failures_total{code="${code}"}`)).toBe(0);
  });

  test("report a number that is not known not at all, rather than as 0", async () => {
    const { meter, value } = createBench();
    expect(await value("vidferry_stored_bytes")).toBeNull();
    expect(await value('vidferry_jobs{state="queued"}')).toBeNull();
    meter.set("vidferry_stored_bytes", {}, 5);
    meter.set("vidferry_jobs", { state: "queued" }, 0);
    expect(await value("vidferry_stored_bytes")).toBe(5);
    expect(await value('vidferry_jobs{state="queued"}')).toBe(0);
    meter.set("vidferry_stored_bytes", {}, null);
    expect(await value("vidferry_stored_bytes")).toBeNull();
  });

  test("are not spoilt by what is no number, nor by what does not fit", async () => {
    const { meter, value } = createBench();
    for (const bad of [Number.NaN, Number.POSITIVE_INFINITY, -1]) meter.add("vidferry_worker_lost_total", {}, bad);
    meter.observe("vidferry_worker_lost_total", {}, 1);
    meter.set("vidferry_worker_lost_total", {}, 1);
    meter.observe("vidferry_queue_wait_seconds", {}, Number.NaN);
    expect(await value("vidferry_worker_lost_total")).toBe(0);
    expect(await value("vidferry_queue_wait_seconds_count")).toBe(0);
  });

  test("have all names of the table, and those of the process", async () => {
    const { meter } = createBench();
    const text = await meter.text();
    for (const [name, { type, help }] of Object.entries(metricTable)) {
      expect(text).toContain(`# HELP ${name} ${help}\n`);
      expect(text).toContain(`# TYPE ${name} ${type}\n`);
    }
    expect(text).toMatch(/^process_cpu_seconds_total \d/m);
    expect(text).toMatch(/^process_resident_memory_bytes \d/m);
    expect(text).not.toMatch(/ (nan|undefined)$/im);
  });
});
