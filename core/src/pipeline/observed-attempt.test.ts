import { describe, expect, test } from "bun:test";
import { createServiceFixture, type FakeEngineSteps, roomyLimits } from "@vidferry/testing";
import { createMemoryTelemetry } from "../adapters/system/index.ts";
import { AppError } from "../errors/app-error.ts";
import { moveJob } from "../jobs/manage-job.ts";
import { createTelemetry } from "../telemetry/observer.ts";
import { runAttempt } from "./run-attempt.ts";

const options = (signal = new AbortController().signal) => ({
  ...{ leaseMs: 5_000, limits: roomyLimits, retentionMs: null, signal },
});

async function createBench(steps: FakeEngineSteps = {}) {
  const telemetry = createMemoryTelemetry();
  const fixture = await createServiceFixture(steps, { telemetry });
  const states = () => telemetry.told("job-moved").map(({ state }) => state);
  return { ...fixture, telemetry, states };
}

describe("what an attempt tells of itself", () => {
  test("its end, its steps by their stages, and every state of its job once", async () => {
    await using bench = await createBench();
    const version = await bench.deps.downloader.version();
    const job = await bench.submit();
    await runAttempt(bench.deps, await bench.claim(job), options());
    expect(bench.telemetry.ended("attempt")).toMatchObject([
      { jobId: job.id, attempt: 1, outcome: "succeeded", files: 1, waitedSeconds: expect.any(Number), ytDlp: version },
    ]);
    const steps = bench.telemetry.ended("step").map(({ step, stage }) => [step, stage]);
    expect(steps).toContainEqual(["resolve", "resolving"]);
    expect(steps).toContainEqual(["fetch", "downloading"]);
    expect(steps).toContainEqual(["store", "storing"]);
    const stages = bench.telemetry.told("stage-left").map(({ stage }) => stage);
    expect(stages).toEqual(["resolving", "downloading", "processing", "storing"]);
    expect(bench.states()).toEqual(["queued", "running", "succeeded"]);
    expect(bench.telemetry.told("job-moved").at(-1)).toMatchObject({ code: null, ranSeconds: expect.any(Number) });
  });

  test("that it failed for good, and why", async () => {
    await using bench = await createBench({ resolve: () => Promise.reject(new AppError("video_private")) });
    await runAttempt(bench.deps, await bench.claim(await bench.submit()), options());
    expect(bench.telemetry.ended("attempt")).toMatchObject([
      { outcome: "failed", code: "video_private", ytDlp: await bench.deps.downloader.version() },
    ]);
    expect(bench.states()).toEqual(["queued", "running", "failed"]);
    expect(bench.telemetry.told("job-moved").at(-1)).toMatchObject({ code: "video_private" });
  });

  test("that another one follows, and when", async () => {
    await using bench = await createBench({ resolve: () => Promise.reject(new AppError("network_error")) });
    const job = await bench.submit();
    await runAttempt(bench.deps, await bench.claim(job), options());
    const [ended] = bench.telemetry.ended("attempt");
    expect(ended).toMatchObject({ outcome: "retried", code: "network_error" });
    expect(ended?.retryInSeconds).toBeGreaterThan(0);
    expect(bench.states()).toEqual(["queued", "running", "queued"]);
  });

  test("that it was handed back by a process that ends", async () => {
    const drain = new AbortController();
    await using bench = await createBench({
      fetch: async ({ signal }) => {
        drain.abort();
        signal.throwIfAborted();
      },
    });
    await runAttempt(bench.deps, await bench.claim(await bench.submit()), options(drain.signal));
    expect(bench.telemetry.ended("attempt")).toMatchObject([{ outcome: "handed_back" }]);
    expect(bench.states()).toEqual(["queued", "running", "queued"]);
  });

  test("that its job was taken from it, once, and that its late end changed nothing", async () => {
    const reached = Promise.withResolvers<void>();
    const release = Promise.withResolvers<void>();
    await using bench = await createBench({
      fetch: async () => {
        reached.resolve();
        await release.promise;
      },
    });
    const job = await bench.submit();
    // Its heartbeats do not come in time to notice.
    const run = runAttempt(bench.deps, await bench.claim(job), { ...options(), leaseMs: 3_600_000 });
    await reached.promise;
    await moveJob(bench.deps, job.id, null, "cancel");
    release.resolve();
    await run;
    expect(bench.telemetry.ended("attempt")).toMatchObject([{ outcome: "superseded" }]);
    expect(bench.states()).toEqual(["queued", "running", "canceled"]);
  });

  test("steps that an earlier one had done, and those it goes on without", async () => {
    let stores = 0;
    await using bench = await createBench();
    const { blobs } = bench.deps;
    const failing = {
      ...bench.deps,
      blobs: {
        ...blobs,
        put: (...args: Parameters<typeof blobs.put>) => {
          stores += 1;
          return stores === 1 ? Promise.reject(new AppError("storage_error")) : blobs.put(...args);
        },
      },
    };
    const job = await bench.submit();
    await runAttempt(failing, await bench.claim(job), options());
    await moveJob(bench.deps, job.id, null, "pause");
    await moveJob(bench.deps, job.id, null, "resume");
    await runAttempt(failing, await bench.claim(job), options());
    const fetches = bench.telemetry.ended("step").filter(({ step }) => step === "fetch");
    expect(fetches.map(({ kept }) => kept)).toEqual([false, true]);
    const attempts = bench.telemetry.ended("attempt");
    expect(attempts.map(({ outcome, waitedSeconds }) => [outcome, waitedSeconds === null])).toEqual([
      ["retried", false],
      ["succeeded", true],
    ]);
  });

  test("to an observer that always throws, and succeeds all the same", async () => {
    await using bench = await createBench();
    const fail = (): never => {
      throw new Error("a registry that throws");
    };
    const telemetry = createTelemetry([
      { begun: fail, happened: fail },
      { begun: () => ({ within: fail, ended: fail }) },
    ]);
    const job = await bench.submit();
    await runAttempt({ ...bench.deps, telemetry }, await bench.claim(job), options());
    expect(await bench.deps.database.jobs.get(job.id, null)).toMatchObject({ state: "succeeded" });
  });
});
