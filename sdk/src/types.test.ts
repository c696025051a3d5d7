import { expect, test } from "bun:test";
import type {
  DownloadRequestInput,
  JobResource,
  LoggedEvent,
  ErrorCode as ServiceErrorCode,
  Probe as ServiceProbe,
} from "../../core/src/index.ts";
import type { DownloadEvent, DownloadJob, DownloadRequest, KnownErrorCode, Probe } from "./types.ts";

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
    Same<DownloadJob, JobResource>,
    Same<DownloadRequest, DownloadRequestInput>,
    Same<DownloadEvent, Exclude<LoggedEvent, { type: "batch" }>>,
    Same<KnownErrorCode, ServiceErrorCode>,
    Same<Probe, ServiceProbe>,
  ] = [true, true, true, true, true];
  expect(same).toEqual([true, true, true, true, true]);
});
