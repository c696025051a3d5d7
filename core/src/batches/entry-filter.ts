import { AppError } from "../errors/app-error.ts";
import type { PlaylistEntry } from "../pipeline/downloader.ts";
import type { SkipReason } from "./batch.ts";
import type { BatchMatch } from "./batch-request.ts";

/**
 * Compiles a regular expression that takes time in proportion to the text, whatever the expression and the text are. Throws an
 * Error that says what is wrong with it.
 */
export type CompilePattern = (source: string, options: { readonly ignoreCase: boolean }) => (text: string) => boolean;

/** Whether a job is made of an entry; `unlike`: it is not what was asked for. */
export type Decision = "take" | "unlike" | SkipReason;

/** What decides over the entries of a list. Throws `invalid_request` for a pattern that is none. */
export function entryFilter(
  match: BatchMatch,
  compile: CompilePattern | undefined,
): (entry: PlaylistEntry) => Decision {
  const isTitle = match.title === undefined ? null : titleMatcher(match.title, compile);
  const { minDurationSeconds, maxDurationSeconds, after, before } = match;
  const asksForLength = (minDurationSeconds ?? maxDurationSeconds) !== undefined;
  const asksForDate = (after ?? before) !== undefined;
  return ({ title, durationSeconds, uploadedAt, unavailable }) => {
    if (unavailable !== null) return { code: unavailable, detail: "The list says that it cannot be had." };
    if (isTitle !== null && !isTitle(title ?? "")) return "unlike";
    if (asksForLength && durationSeconds === null) return "unlike";
    if (durationSeconds !== null && durationSeconds < (minDurationSeconds ?? 0)) return "unlike";
    if (durationSeconds !== null && durationSeconds > (maxDurationSeconds ?? Number.POSITIVE_INFINITY)) return "unlike";
    if (asksForDate && uploadedAt === null) return "unlike";
    const day = uploadedAt?.slice(0, 10) ?? "";
    if (after !== undefined && day < after) return "unlike";
    if (before !== undefined && day >= before) return "unlike";
    return "take";
  };
}

function titleMatcher(title: string, compile: CompilePattern | undefined): (text: string) => boolean {
  const [, source, flags] = /^\/(.+)\/(i?)$/s.exec(title) ?? [];
  if (source === undefined) {
    const wanted = title.toLowerCase();
    return (text) => text.toLowerCase().includes(wanted);
  }
  try {
    if (compile === undefined) throw new Error("patterns are off here; write the text itself");
    return compile(source, { ignoreCase: flags === "i" });
  } catch (error) {
    const message = `no regular expression that RE2 knows: ${error instanceof Error ? error.message : String(error)}`;
    throw new AppError("invalid_request", `source.match.title: ${message}`, {
      fields: [{ path: "/source/match/title", message }],
    });
  }
}
