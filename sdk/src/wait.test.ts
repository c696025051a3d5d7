import { describe, expect, test } from "bun:test";
import { ConnectionError, JobFailedError, NotFoundError, TimeoutError } from "./errors.ts";
import { sleep } from "./sleep.ts";
import { jobEvent, progressEvent, sampleJob } from "./testing/sample-job.ts";
import type { DownloadEvent, DownloadJob } from "./types.ts";
import { type WaitSources, waitForJob } from "./wait.ts";

function sources(events: readonly (DownloadEvent | Error)[], ...jobs: readonly DownloadJob[]) {
  const rest = [...jobs];
  const state = { looks: 0, released: 0 };
  const made: WaitSources = {
    events: async function* (signal) {
      try {
        for (const event of events) {
          if (event instanceof Error) throw event;
          yield event;
        }
        await sleep(60_000, signal);
      } finally {
        state.released++;
      }
    },
    get: async () => {
      state.looks++;
      return rest.shift() ?? expect.unreachable("nobody should look again");
    },
  };
  return { made, state };
}

const gone = new NotFoundError(404, null, null);

describe("waiting for a job", () => {
  test("looks at the job where a proxy holds the events back", async () => {
    const { made, state } = sources([], sampleJob({ state: "running" }), sampleJob({ state: "succeeded" }));
    const job = await waitForJob("job_1", { ...made, firstEventMs: 1 });
    expect(job.state).toBe("succeeded");
    expect(state).toEqual({ looks: 2, released: 1 });
  });

  test("resolves with the job that succeeded, and tells of every change on the way", async () => {
    const { made, state } = sources([
      progressEvent("1-0", 1),
      jobEvent("2-0", { state: "running" }),
      progressEvent("3-0", 40),
      jobEvent("4-0", { state: "succeeded", attempt: 2 }),
    ]);
    const told: (string | number | null)[][] = [];
    const job = await waitForJob("job_1", made, {
      onProgress: ({ state, stage, progress }) => told.push([state, stage, progress.percent]),
    });
    expect(job).toMatchObject({ state: "succeeded", attempt: 2 });
    expect(told).toEqual([
      ["running", null, null],
      ["running", "downloading", 40],
      ["succeeded", null, null],
    ]);
    expect(state).toEqual({ looks: 0, released: 1 });
  });

  test("rejects with the reason of a job that failed", async () => {
    const error = {
      code: "video_private",
      detail: "The video is private.",
      hint: "Ask its owner.",
      retryable: false,
    } as const;
    const { made } = sources([jobEvent("1-0", { state: "failed", error })]);
    const failure = await waitForJob("job_1", made).catch((thrown: unknown) => thrown);
    expect(failure).toBeInstanceOf(JobFailedError);
    expect(failure).toMatchObject({ message: error.detail, code: error.code, hint: error.hint, job: { id: "job_1" } });
  });

  test("rejects for a job that was cancelled, whatever its last attempt ran into", async () => {
    const error = { code: "network_error", detail: "x", hint: "", retryable: true } as const;
    const { made } = sources([jobEvent("1-0", { state: "canceled", error })]);
    await expect(waitForJob("job_1", made)).rejects.toMatchObject({ code: "canceled", retryable: false });
  });

  test("looks at the job again and again where its events cannot be had", async () => {
    const { made, state } = sources(
      [new ConnectionError("no stream", "broken")],
      sampleJob({ state: "running" }),
      sampleJob({ state: "succeeded" }),
    );
    const told: string[] = [];
    await waitForJob("job_1", made, { onProgress: ({ state }) => told.push(state) });
    expect(told).toEqual(["running", "succeeded"]);
    expect(state).toEqual({ looks: 2, released: 1 });
  });

  test("outlasts a service that is away, and follows again when it is back", async () => {
    const streams = [
      [jobEvent("1-0"), new ConnectionError("gone", "broken")],
      [jobEvent("2-0", { state: "running" }), jobEvent("3-0", { state: "succeeded" })],
    ];
    let looks = 0;
    const told: string[] = [];
    const made: WaitSources = {
      events: async function* () {
        for (const event of streams.shift() ?? []) {
          if (event instanceof Error) throw event;
          yield event;
        }
      },
      get: async () => {
        if (++looks === 1) throw new ConnectionError("still gone", "broken");
        return sampleJob({ labels: { looked: "yes" } });
      },
    };
    await waitForJob("job_1", made, { onProgress: ({ state, labels }) => told.push(labels["looked"] ?? state) });
    expect(told).toEqual(["queued", "yes", "running", "succeeded"]);
    expect(looks).toBe(2);
  });

  test("rejects with the service's error when there is no such job", async () => {
    const { made, state } = sources([gone]);
    await expect(waitForJob("job_1", made)).rejects.toBe(gone);
    expect(state.looks).toBe(0);
  });

  test("stops waiting when the time is up", async () => {
    const { made, state } = sources([jobEvent("1-0")]);
    await expect(waitForJob("job_1", made, { timeoutMs: 20 })).rejects.toBeInstanceOf(TimeoutError);
    expect(state.released).toBe(1);
  });

  test("stops waiting with the signal's reason", async () => {
    const { made, state } = sources([jobEvent("1-0")]);
    const abort = new AbortController();
    const waiting = waitForJob("job_1", made, {
      signal: abort.signal,
      onProgress: () => abort.abort(new Error("enough")),
    });
    await expect(waiting).rejects.toThrow("enough");
    expect(state.released).toBe(1);
  });

  test("ends with what the caller's own function throws", async () => {
    const { made, state } = sources([jobEvent("1-0")]);
    const mine = new Error("mine");
    const waiting = waitForJob("job_1", made, {
      onProgress: () => {
        throw mine;
      },
    });
    await expect(waiting).rejects.toBe(mine);
    expect(state).toEqual({ looks: 0, released: 1 });
  });
});
