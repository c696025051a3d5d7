import { type ErrorCode, errorCodes, isRetryable } from "./codes.ts";

/** A field of a request that was refused. */
export interface FieldError {
  /** JSON Pointer (RFC 6901) into the body, the query or the headers, for example `/output/quality`; empty: the whole. */
  readonly path: string;
  readonly message: string;
}

/** A limit of an account that is used up. */
export interface ExceededQuota {
  readonly limit: string;
  readonly used: number;
  readonly allowed: number;
}

/** More about one occurrence of an error. */
export interface AppErrorOptions {
  readonly cause?: unknown;
  readonly hint?: string;
  readonly fields?: readonly FieldError[];
  /** Earliest time for a retry, if the source gave one; for a live stream its start, even a past one. */
  readonly retryAt?: Date;
  /** The configuration is wrong, so that waiting does not help. Default: false. */
  readonly permanent?: boolean;
  /** Of `quota_exceeded`: the limit of the account, how much of it is used, and how much may be. */
  readonly quota?: ExceededQuota;
}

// Registered globally so that the check holds across two copies of this module in one process.
const brand = Symbol.for("vidferry.AppError");

/**
 * The one error class: a code from the table plus the details of this occurrence.
 * `message` is shown to clients, so it never holds secrets, addresses of internal hosts or stack traces; those belong in `cause`.
 */
export class AppError extends Error {
  override readonly name = "AppError";
  readonly [brand] = true;
  readonly code: ErrorCode;
  readonly hint: string;
  readonly fields: readonly FieldError[];
  readonly retryAt: Date | null;
  /** Whether the configuration must be corrected before this can work. */
  readonly permanent: boolean;
  readonly quota: ExceededQuota | null;

  constructor(code: ErrorCode, detail?: string, options: AppErrorOptions = {}) {
    super(detail ?? errorCodes[code].title, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.hint = options.hint ?? errorCodes[code].hint;
    this.fields = options.fields ?? [];
    this.retryAt = options.retryAt ?? null;
    this.permanent = options.permanent ?? false;
    this.quota = options.quota ?? null;
  }

  get retryable(): boolean {
    return isRetryable(this.code);
  }
}

/** Whether a caught value is an {@link AppError}, also one made by another copy of this package. */
export function isAppError(value: unknown): value is AppError {
  return typeof value === "object" && value !== null && (value as Record<symbol, unknown>)[brand] === true;
}

/** Turns anything caught into an {@link AppError}; what is not ours becomes `internal_error` with the original as `cause`. */
export function toAppError(value: unknown): AppError {
  if (isAppError(value)) return value;
  return new AppError("internal_error", undefined, { cause: value });
}
