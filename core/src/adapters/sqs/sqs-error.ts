import { AppError, isAppError } from "../../errors/app-error.ts";

interface ServiceError {
  readonly name?: unknown;
  readonly code?: unknown;
  readonly $metadata?: { readonly httpStatusCode?: number };
}

const refusedNames = new Set([
  ...["AccessDenied", "AccessDeniedException", "InvalidAccessKeyId", "InvalidClientTokenId", "InvalidSecurity"],
  ...["SignatureDoesNotMatch", "UnrecognizedClientException", "ExpiredToken", "ExpiredTokenException"],
  ...["KmsAccessDenied", "KMS.AccessDeniedException"],
]);
const missingNames = new Set([
  ...["QueueDoesNotExist", "AWS.SimpleQueueService.NonExistentQueue", "QueueDeletedRecently"],
]);
const throttledNames = new Set([
  ...["RequestThrottled", "ThrottlingException", "Throttling", "OverLimit", "KmsThrottled", "TooManyRequestsException"],
]);
const unreachableCodes = new Set([
  ...["ECONNREFUSED", "ECONNRESET", "EHOSTUNREACH", "ENETUNREACH", "ENOTFOUND", "EAI_AGAIN", "EPIPE", "ETIMEDOUT"],
  ...["ConnectionRefused", "FailedToOpenSocket", "ConnectionClosed"],
]);

/** Turns what the client threw into an {@link AppError} that names the queue, the cause and the fix. */
export function sqsError(error: unknown, doing: string, url: string): AppError {
  if (isAppError(error)) return error;
  const { name, code, $metadata }: ServiceError = typeof error === "object" && error !== null ? error : {};
  const status = $metadata?.httpStatusCode;
  const queue = url.slice(url.lastIndexOf("/") + 1);
  const failed = (detail: string, hint: string, permanent = false): AppError =>
    new AppError("unavailable", `${doing} the queue ${queue} failed: ${detail}.`, { cause: error, permanent, hint });

  if (missingNames.has(String(name))) {
    return failed(
      "it does not exist",
      "Create it, or correct QUEUE_URL: a queue of that name, and two more that end in -high and -low.",
      true,
    );
  }
  if (refusedNames.has(String(name)) || status === 401 || status === 403) {
    return failed(
      "access was refused",
      "Allow sqs:SendMessage, sqs:ReceiveMessage, sqs:DeleteMessage, sqs:ChangeMessageVisibility and sqs:GetQueueAttributes on the three queues.",
      true,
    );
  }
  if (name === "CredentialsProviderError") {
    const hint = "Set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or give the machine a role.";
    return failed("no credentials were found", hint, true);
  }
  if (throttledNames.has(String(name)) || status === 429) {
    return failed("SQS asks for fewer requests", "It is tried again; jobs start all the same.");
  }
  // The time that a request may take is a signal that aborts it.
  if (name === "TimeoutError" || name === "AbortError" || unreachableCodes.has(String(code))) {
    return failed("it cannot be reached", "Check the network, and that QUEUE_URL names the right address.");
  }
  if (status !== undefined && status >= 500) return failed("SQS had an error", "It is tried again.");
  return failed(typeof name === "string" ? name : "an unexpected answer", "It is tried again; see the log.");
}
