import { AppError, isAppError } from "../../../errors/app-error.ts";

interface ServiceError {
  readonly name?: unknown;
  readonly code?: unknown;
  readonly $metadata?: { readonly httpStatusCode?: number };
}

const noRoom = new Set([
  "QuotaExceeded",
  "InsufficientStorage",
  "StorageFull",
  "XMinioStorageFull",
  "InsufficientCapacity",
]);
const refusedNames = new Set([
  "AccessDenied",
  "Forbidden",
  "InvalidAccessKeyId",
  "SignatureDoesNotMatch",
  "ExpiredToken",
  "InvalidToken",
  "TokenRefreshRequired",
]);
const unreachableCodes = new Set([
  "ECONNREFUSED",
  "ECONNRESET",
  "EHOSTUNREACH",
  "ENETUNREACH",
  "ENOTFOUND",
  "EAI_AGAIN",
  "EPIPE",
  "ETIMEDOUT",
  "ConnectionRefused",
  "FailedToOpenSocket",
]);

/** For `catch`: null when there is no such object or upload. A HEAD cannot tell that from a missing bucket. */
export function absent(error: unknown): null {
  const { name, $metadata } = fieldsOf(error);
  if ($metadata?.httpStatusCode === 404 && name !== "NoSuchBucket") return null;
  throw error;
}

/**
 * Why a write on a condition was refused: `"taken"` when the object is there or is just being written, `"unknown"` when the
 * store knows no such condition; null when the error is of another kind.
 */
export function refusedCondition(error: unknown): "taken" | "unknown" | null {
  const { name, $metadata } = fieldsOf(error);
  const status = $metadata?.httpStatusCode;
  if (status === 412 || name === "ConditionalRequestConflict") return "taken";
  return status === 501 || name === "NotImplemented" ? "unknown" : null;
}

/** Turns what the client threw into an {@link AppError} that names the cause and the fix. Addresses stay in `cause`. */
export function s3Error(error: unknown, doing: string, bucket: string): AppError {
  if (isAppError(error)) return error;
  const { name, code, $metadata } = fieldsOf(error);
  const status = $metadata?.httpStatusCode;
  const storage = (detail: string, hint?: string, permanent = false): AppError =>
    new AppError("storage_error", `${doing} failed: ${detail}`, {
      cause: error,
      permanent,
      ...(hint === undefined ? {} : { hint }),
    });
  const misconfigured = (detail: string, hint: string): AppError => storage(detail, hint, true);

  if (status === 416) return new AppError("range_not_satisfiable", undefined, { cause: error });
  if (status === 507 || noRoom.has(String(name))) return new AppError("storage_full", undefined, { cause: error });
  if (name === "NoSuchBucket") {
    return misconfigured(`the bucket ${bucket} does not exist`, "Create the bucket, or correct STORAGE_URL.");
  }
  if (refusedNames.has(String(name)) || status === 401 || status === 403) {
    return misconfigured(
      `access to the bucket ${bucket} was refused`,
      "Check AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY; they must allow listing, reading, writing and deleting.",
    );
  }
  if (name === "CredentialsProviderError") {
    return misconfigured(
      "no credentials were found",
      "Set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or give the machine a role.",
    );
  }
  if (name === "PermanentRedirect" || status === 301) {
    return misconfigured(`the bucket ${bucket} is in another region`, "Set region in STORAGE_URL.");
  }
  if (name === "SlowDown" || status === 503 || status === 429) {
    return storage("the storage service asks for fewer requests", "It is tried again later.");
  }
  if (name === "TimeoutError" || unreachableCodes.has(String(code))) {
    return storage(
      "the storage service cannot be reached",
      "Check that it runs and that STORAGE_URL names the right endpoint.",
    );
  }
  return storage(typeof name === "string" && status !== undefined ? name : "unexpected answer");
}

function fieldsOf(error: unknown): ServiceError {
  return typeof error === "object" && error !== null ? error : {};
}
