import { toAppError } from "../errors/app-error.ts";
import type { Check } from "./downloader.ts";

/** Runs a check that resolves (with warnings, if any) or rejects, and reports its outcome. Never rejects. */
export async function runCheck(name: string, fix: string, check: () => Promise<unknown>): Promise<readonly Check[]> {
  try {
    const warnings = await check();
    if (Array.isArray(warnings) && warnings.length > 0) {
      return warnings.map((detail) => ({ name, status: "warning", detail: String(detail), fix }));
    }
    return [{ name, status: "ok", detail: "answers" }];
  } catch (error) {
    return [{ name, status: "failed", detail: toAppError(error).message, fix }];
  }
}
