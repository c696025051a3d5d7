import { expect, test } from "bun:test";
import type {
  DownloadRequestInput,
  JobResource,
  LoggedEvent,
  ErrorCode as ServiceErrorCode,
  Probe as ServiceProbe,
} from "../../core/src/index.ts";
import type { components } from "./generated/schema.ts";
import { sampleJob } from "./testing/sample-job.ts";
import {
  type DownloadEvent,
  type DownloadJob,
  type DownloadRequest,
  hasEnded,
  type KnownErrorCode,
  type Probe,
} from "./types.ts";

/** Without what does not show in JSON: who may write, and optional fields that may also be undefined. */
type Plain<T> = T extends readonly (infer E)[]
  ? Plain<E>[]
  : T extends object
    ? { -readonly [K in keyof T]: Plain<Exclude<T[K], undefined>> }
    : T;
type Same<A, B> = [Plain<A>] extends [Plain<B>] ? ([Plain<B>] extends [Plain<A>] ? true : false) : false;

test("the types that were generated are those of the service", () => {
  // Does not compile when one side gains or loses a field.
  const same: [
    Same<components["schemas"]["DownloadJob"], JobResource>,
    Same<DownloadRequest, DownloadRequestInput>,
    Same<Extract<DownloadEvent, { type: "progress" }>, Extract<LoggedEvent, { type: "progress" }>>,
    Same<KnownErrorCode, ServiceErrorCode>,
    Same<Probe, ServiceProbe>,
  ] = [true, true, true, true, true];
  expect(same).toEqual([true, true, true, true, true]);
});

test("a job has what belongs to its state", () => {
  // Does not compile when the state says less.
  const told = (job: DownloadJob): string => {
    switch (job.state) {
      case "failed":
        return `${job.error.code} at ${job.finishedAt.slice(0, 4)}`;
      case "succeeded":
        return `${job.error} ${job.artifacts.map(({ fileName }) => fileName).join()}`;
      case "canceled":
        return job.finishedAt.slice(0, 4);
      default:
        // It may tell of its last attempt.
        return `${job.finishedAt} ${job.error?.code}`;
    }
  };
  const error = { code: "video_private", detail: "", hint: "", retryable: false } as const;
  expect(told(sampleJob({ state: "failed", error, finishedAt: "2026-11-01" }))).toBe("video_private at 2026");
  expect(told(sampleJob({ state: "queued" }))).toBe("null undefined");
  const ended = [sampleJob({ state: "succeeded" }), sampleJob()].filter(hasEnded);
  expect(ended.map(({ state }) => state)).toEqual(["succeeded"]);
});
