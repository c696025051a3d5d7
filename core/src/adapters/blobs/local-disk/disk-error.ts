import { AppError, isAppError } from "../../../errors/app-error.ts";
import type { ErrorCode } from "../../../errors/codes.ts";
import { isDiskFull, systemCode } from "../../system/system-error.ts";

/**
 * Turns what a file operation threw into an {@link AppError}: `full` when there is no room or a quota is used up, else
 * `storage_error`. Errors of ours pass unchanged. The path stays in `cause`, since the message may reach a client.
 */
export function diskError(error: unknown, doing: string, full: ErrorCode = "storage_full"): AppError {
  if (isAppError(error)) return error;
  if (isDiskFull(error)) return new AppError(full, undefined, { cause: error });
  const code = systemCode(error);
  return new AppError("storage_error", `${doing} failed${code === null ? "" : ` (${code})`}`, { cause: error });
}
