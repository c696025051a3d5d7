import { type ConnectionFailure, connectionFailureOf, describeConnectionFailure } from "./connection-failure.ts";
import type { CanceledJob, ErrorCode, FailedJob, Problem } from "./types.ts";

/** Every error that the client makes by itself. An abort is not among them: it throws the signal's own reason. */
export class VidferryError extends Error {
  override readonly name: string = "VidferryError";
}

/** The service could not be reached, or the connection broke. `cause` is the platform's error. */
export class ConnectionError extends VidferryError {
  override readonly name = "ConnectionError";
  /** Why, as far as the platform tells: `refused`, `unknown_host`, `certificate`, `broken`, or `unknown`. */
  readonly reason: ConnectionFailure;

  constructor(message: string, reason: ConnectionFailure, options?: ErrorOptions) {
    super(message, options);
    this.reason = reason;
  }
}

/** The error of a request that got no answer. */
export function toConnectionError(origin: string, cause: unknown): ConnectionError {
  const reason = connectionFailureOf(cause);
  return new ConnectionError(describeConnectionFailure(origin, reason), reason, { cause });
}

/** The answer, or the end of the job that was waited for, did not come in time. The job itself goes on. */
export class TimeoutError extends VidferryError {
  override readonly name = "TimeoutError";
}

/** The service answered with an error. */
export class ApiError extends VidferryError {
  override readonly name: string = "ApiError";
  /** The HTTP status. */
  readonly status: number;
  /** Stable, to decide by; `unknown_error` when something between here and the service answered. */
  readonly code: ErrorCode;
  /** Name it when you ask for help; null when something between here and the service answered. */
  readonly requestId: string | null;
  /** Whether the same request may succeed later. */
  readonly retryable: boolean;
  /** What can be done about it; empty when the answer did not say. */
  readonly hint: string;
  /** The fields that were refused, by JSON Pointer: `/output/quality`. */
  readonly fields: readonly { readonly path: string; readonly message: string }[];
  /** The whole body, if it was a problem. */
  readonly problem: Problem | null;

  constructor(status: number, problem: Problem | null, requestId: string | null) {
    super(problem === null ? describeForeign(status) : describeProblem(problem));
    this.status = status;
    this.problem = problem;
    this.code = problem?.code ?? "unknown_error";
    this.requestId = problem?.requestId ?? requestId;
    this.retryable = problem?.retryable ?? isPassingStatus(status);
    this.hint = problem?.hint ?? "";
    this.fields = problem?.errors ?? [];
  }
}

/** 401 or 403: the API key is missing, wrong, or may not do this. */
export class AuthenticationError extends ApiError {
  override readonly name = "AuthenticationError";
}

/** 404: there is no such thing, or it belongs to another owner. */
export class NotFoundError extends ApiError {
  override readonly name = "NotFoundError";
}

/** 429, after all retries. */
export class RateLimitError extends ApiError {
  override readonly name = "RateLimitError";
  /** How long the service asks to wait, in milliseconds; null when it did not say. */
  readonly retryAfterMs: number | null;

  constructor(status: number, problem: Problem | null, requestId: string | null, retryAfterMs: number | null) {
    super(status, problem, requestId);
    this.retryAfterMs = retryAfterMs;
  }
}

/** The job that was waited for ended as `failed` or `canceled`. */
export class JobFailedError extends VidferryError {
  override readonly name = "JobFailedError";
  readonly job: FailedJob | CanceledJob;
  /** Why it failed: the code of `job.error`, or `canceled`. */
  readonly code: ErrorCode;
  /** Whether trying again may help. */
  readonly retryable: boolean;
  /** What can be done about it; may be empty. */
  readonly hint: string;

  constructor(job: FailedJob | CanceledJob) {
    const error = job.state === "canceled" ? null : job.error;
    super(error?.detail ?? `The job was ${job.state}.`);
    this.job = job;
    this.code = error?.code ?? job.state;
    this.retryable = error?.retryable ?? false;
    this.hint = error?.hint ?? "";
  }
}

/**
 * Why a file could not be saved: `disk_full`; `not_writable` (rights, a missing disk, a stream that failed); `exists` (something
 * else has the name); `changed` (the service has other bytes than the job named); `checksum` (what came is not what the service
 * stored); `unsafe_name` (a name that leads out of the folder or is hidden, or a digest that is none); `no_file` (the job has none, or
 * none any more).
 */
export type SaveFailure = "disk_full" | "not_writable" | "exists" | "changed" | "checksum" | "unsafe_name" | "no_file";

/** A file could not be saved, for a reason that is not the connection's. */
export class SaveError extends VidferryError {
  override readonly name = "SaveError";
  readonly reason: SaveFailure;
  /** The file it is about; null for a stream. */
  readonly path: string | null;

  constructor(message: string, reason: SaveFailure, path: string | null, options?: ErrorOptions) {
    super(message, options);
    this.reason = reason;
    this.path = path;
  }
}

const isPassingStatus = (status: number): boolean => status >= 500 || status === 408 || status === 429;

/** Whether the same call may go well a little later, as after a restart of the service. */
export function isPassingError(error: unknown): boolean {
  if (error instanceof ApiError) return isPassingStatus(error.status);
  return error instanceof ConnectionError || error instanceof TimeoutError;
}

/** The service says what is the matter in every error that it makes. */
const describeForeign = (status: number): string =>
  `Status ${status} came without a word of Vidferry: from a proxy in between, or baseUrl is not the address of the service.`;

function describeProblem(problem: Problem): string {
  const fields = (problem.errors ?? []).map(({ path, message }) => (path === "" ? message : `${path}: ${message}`));
  return [problem.detail, ...fields].join(" ");
}

/** The error of an answer that is not ok. Reads its body. */
export async function readApiError(response: Response, retryAfterMs: number | null): Promise<ApiError> {
  const problem = parseProblem(await response.text().catch(() => ""));
  const requestId = response.headers.get("x-request-id");
  const { status } = response;
  if (status === 401 || status === 403) return new AuthenticationError(status, problem, requestId);
  // A 404 that the service did not make says nothing about the thing that was asked for.
  if (status === 404 && problem !== null) return new NotFoundError(status, problem, requestId);
  if (status === 429) return new RateLimitError(status, problem, requestId, retryAfterMs);
  return new ApiError(status, problem, requestId);
}

function parseProblem(text: string): Problem | null {
  try {
    const value = JSON.parse(text) as Partial<Problem> | null;
    return typeof value?.code === "string" && typeof value.detail === "string" ? (value as Problem) : null;
  } catch {
    return null;
  }
}
