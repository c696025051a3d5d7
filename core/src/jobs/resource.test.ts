import { expect, test } from "bun:test";
import type { Job } from "./job.ts";
import { DownloadRequest } from "./request.ts";
import { toJobResource } from "./resource.ts";
import type { JobState } from "./states.ts";

const at = new Date(0);
const job: Job = {
  id: `job_${"0".repeat(32)}`,
  owner: "local",
  state: "running",
  stage: null,
  progress: { percent: 40, downloadedBytes: 4, totalBytes: 10, bytesPerSecond: 2, etaSeconds: 3 },
  request: DownloadRequest.parse({ url: "https://youtu.be/dQw4w9WgXcQ" }),
  media: null,
  artifacts: [],
  attempt: 1,
  failures: 0,
  lostWorkers: 0,
  alone: false,
  maxAttempts: 3,
  nextAttemptAt: null,
  waiting: null,
  error: null,
  warnings: [],
  priority: "normal",
  labels: {},
  engine: null,
  worker: null,
  leaseUntil: null,
  requestId: null,
  traceparent: null,
  batchId: null,
  scheduleId: null,
  reusedFrom: null,
  finishAskedAt: null,
  reuseKey: null,
  joinedAt: null,
  host: null,
  createdAt: at,
  updatedAt: at,
  scheduledFor: null,
  startedAt: at,
  finishedAt: null,
  expiresAt: null,
};

test("a running job shows its speed and the time left", () => {
  expect(toJobResource(job).progress).toEqual(job.progress);
});

test.each<JobState>(["scheduled", "queued", "paused", "failed", "canceled"])(
  "a %s job shows neither speed nor time left, but how far it is",
  (state) => {
    const { progress } = toJobResource({ ...job, state });
    expect(progress).toEqual({ ...job.progress, bytesPerSecond: null, etaSeconds: null });
  },
);

test("a job that is due shows what holds it up, and no other does", () => {
  const queued: Job = { ...job, state: "queued" };
  expect(toJobResource(queued).waitingFor).toBeNull();
  expect(toJobResource(queued, "quota").waitingFor).toMatchObject({ reason: "quota", until: null });
  expect(toJobResource(queued, "fair_share").waitingFor).toMatchObject({ reason: "fair_share", until: null });
  expect(toJobResource(job, "quota").waitingFor).toBeNull();
  const error = { code: "network_error", detail: "It is away.", hint: "", retryable: true } as const;
  const pausing: Job = { ...queued, nextAttemptAt: at, error };
  expect(toJobResource(pausing, "quota").waitingFor).toMatchObject({ reason: "retry" });
});
