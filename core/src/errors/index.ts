export { AppError, type AppErrorOptions, type FieldError, isAppError, toAppError } from "./app-error.ts";
export {
  type ErrorCode,
  type ErrorCodeEntry,
  errorCodeNames,
  errorCodes,
  isRetryable,
  type RetryRule,
} from "./codes.ts";
export { fieldErrors, pointerTo } from "./field-errors.ts";
