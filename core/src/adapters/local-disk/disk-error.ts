import { AppError, isAppError } from "../../errors/app-error.ts";
import type { ErrorCode } from "../../errors/codes.ts";

/** The `code` of an error of the operating system, such as `ENOENT`; null for anything else. */
export function systemCode(error: unknown): string | null {
  const code = (error as { code?: unknown } | null)?.code;
  return error instanceof Error && typeof code === "string" ? code : null;
}

/**
 * Turns what a file operation threw into an {@link AppError}: `full` when there is no room or a quota is used up, else
 * `storage_error`. Errors of ours pass unchanged. The path stays in `cause`, since the message may reach a client.
 */
export function diskError(error: unknown, doing: string, full: ErrorCode = "storage_full"): AppError {
  if (isAppError(error)) return error;
  const code = systemCode(error);
  if (code === "ENOSPC" || code === "EDQUOT") return new AppError(full, undefined, { cause: error });
  return new AppError("storage_error", `${doing} failed${code === null ? "" : ` (${code})`}`, { cause: error });
}
