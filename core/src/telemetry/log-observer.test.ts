import { describe, expect, test } from "bun:test";
import { createRecordingLogger } from "@vidferry/testing";
import { createLogObserver } from "./log-observer.ts";
import { createTelemetry } from "./observer.ts";
import type { Operations } from "./operations.ts";

function createBench() {
  const logger = createRecordingLogger();
  let now = 0;
  const telemetry = createTelemetry([createLogObserver(logger, () => now)], (error) => {
    throw error;
  });
  const advance = (ms: number): void => {
    now += ms;
  };
  return { telemetry, lines: logger.lines, advance };
}

const request = { method: "GET", requestId: "req_1", traceparent: null, linkedTraceparent: null };
const attempt = { jobId: "job_1", attempt: 2, requestId: "req_1", traceparent: null, waitedSeconds: null };

describe("the log of what happens", () => {
  test("has one line for a request, and none of a monitor's", async () => {
    const { telemetry, lines, advance } = createBench();
    const answer = { route: "/api/v1/downloads/:id", status: 404, client: "192.0.2.1", keyId: null };
    await telemetry.during("request", request, async (note) => {
      advance(12);
      note(answer);
    });
    await telemetry.during("request", request, async (note) => note({ ...answer, route: "/livez", routine: true }));
    expect(lines).toMatchObject([
      {
        level: "info",
        message: "request",
        fields: { requestId: "req_1", method: "GET", route: answer.route, status: 404, ms: 12, client: "192.0.2.1" },
      },
      { level: "debug", message: "request", fields: { route: "/livez" } },
    ]);
    expect(lines[0]?.fields?.["keyId"]).toBeUndefined();
  });

  test("has one line for each change of a job's state, with the ids by which it is found", () => {
    const { telemetry, lines } = createBench();
    const job = { jobId: "job_1", attempt: 1, requestId: "req_1", code: null, ranSeconds: null };
    telemetry.happened("job-moved", { ...job, state: "running" });
    telemetry.happened("job-moved", { ...job, state: "failed", code: "video_private", ranSeconds: 4 });
    expect(lines).toMatchObject([
      { level: "info", message: "job running", fields: { jobId: "job_1", attempt: 1, requestId: "req_1" } },
      { level: "info", message: "job failed", fields: { code: "video_private", ranSeconds: 4 } },
    ]);
    expect(lines).toHaveLength(2);
  });

  test("says why an attempt failed, and nothing of one whose job's own line says it all", async () => {
    const { telemetry, lines } = createBench();
    const end = (facts: Partial<Operations["attempt"]["noted"]>) =>
      telemetry.during("attempt", attempt, async (note) => note(facts));
    await end({ outcome: "succeeded", files: 1 });
    await end({ outcome: "retried", code: "network_error", detail: "It broke off.", retryInSeconds: 5 });
    await end({ outcome: "superseded" });
    expect(lines.filter(({ level }) => level !== "debug")).toMatchObject([
      {
        level: "warn",
        message: "attempt failed",
        fields: { jobId: "job_1", attempt: 2, code: "network_error", detail: "It broke off.", retryInSeconds: 5 },
      },
    ]);
  });

  test("says that the end of an attempt could not be written, and why", async () => {
    const { telemetry, lines } = createBench();
    const error = new Error("the database is gone");
    await telemetry.during("attempt", attempt, () => Promise.reject(error)).catch(() => undefined);
    expect(lines).toMatchObject([{ level: "error", fields: { jobId: "job_1", outcome: "unrecorded", error } }]);
  });

  test("names the schedule whose run was refused, with the reason", () => {
    const { telemetry, lines } = createBench();
    const run = { scheduleId: "sch_1", lateSeconds: 1 };
    const refusal = { code: "quota_exceeded", detail: "At most 5 jobs wait." } as const;
    telemetry.happened("schedule-ran", { ...run, outcome: "made", refusal: null });
    telemetry.happened("schedule-ran", { ...run, outcome: "refused", refusal });
    expect(lines).toMatchObject([{ level: "warn", fields: { scheduleId: "sch_1", ...refusal } }]);
  });

  test("names the batch whose list was given up, with the reason", () => {
    const { telemetry, lines } = createBench();
    const refusal = { code: "playlist_empty", detail: "The list has no videos." } as const;
    telemetry.happened("batch-expanded", { batchId: "bat_1", outcome: "whole", refusal: null });
    telemetry.happened("batch-expanded", { batchId: "bat_2", outcome: "failed", refusal });
    expect(lines).toMatchObject([{ level: "warn", fields: { batchId: "bat_2", ...refusal } }]);
  });

  test("names the lost worker's job, and nothing of what only measures", () => {
    const { telemetry, lines } = createBench();
    telemetry.happened("worker-lost", { jobId: "job_1", attempt: 1, state: "queued" });
    telemetry.happened("bytes-downloaded", { bytes: 1 });
    telemetry.happened("stage-left", { stage: "storing", seconds: 1 });
    expect(lines).toMatchObject([{ level: "warn", message: "a worker was lost", fields: { jobId: "job_1" } }]);
  });
});
