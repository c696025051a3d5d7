import { AppError, isAppError } from "../../errors/app-error.ts";
import type { ErrorCode } from "../../errors/codes.ts";
import { isDiskFull, systemCode } from "./system-error.ts";

/** What a failure of a disk means to whoever used it. */
export interface DiskErrorOptions {
  /** When there is no room. Default: `storage_full`, which is said of stored results. */
  readonly full?: ErrorCode;
  /** For anything else. Default: `storage_error`. */
  readonly other?: ErrorCode;
  /** What to do about anything else. */
  readonly hint?: string;
}

/**
 * Turns what a file operation threw into an {@link AppError}: `full` when there is no room or a quota is used up, else
 * `other`. Errors of ours pass unchanged. The path stays in `cause`, since the message may reach a client.
 * @param doing what was tried, for example `Writing into a work folder`.
 */
export function diskError(error: unknown, doing: string, options: DiskErrorOptions = {}): AppError {
  if (isAppError(error)) return error;
  const { full = "storage_full", other = "storage_error", hint } = options;
  if (isDiskFull(error)) return new AppError(full, undefined, { cause: error });
  const code = systemCode(error);
  const detail = `${doing} failed${code === null ? "" : ` (${code})`}`;
  return new AppError(other, detail, { cause: error, ...(hint !== undefined && { hint }) });
}
