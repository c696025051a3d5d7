import { toAppError } from "../errors/app-error.ts";
import { unlessAborted } from "../runtime/unless-aborted.ts";
import type { Check } from "./downloader.ts";

/** What is said of a part that was given up on. */
export const noAnswer = "does not answer in time";

/**
 * Runs a check that resolves (with warnings, if any) or rejects, and reports its outcome. Never rejects.
 * @param signal until when it is waited for, also where the check itself hangs
 */
export async function runCheck(
  name: string,
  fix: string,
  check: () => Promise<unknown>,
  signal?: AbortSignal,
): Promise<readonly Check[]> {
  try {
    const warnings = await unlessAborted(check(), signal);
    if (Array.isArray(warnings) && warnings.length > 0) {
      return warnings.map((detail) => ({ name, status: "warning", detail: String(detail), fix }));
    }
    return [{ name, status: "ok", detail: "answers" }];
  } catch (error) {
    const detail = signal?.aborted ? noAnswer : toAppError(error).message;
    return [{ name, status: "failed", detail, fix }];
  }
}
