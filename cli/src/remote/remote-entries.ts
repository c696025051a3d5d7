import { entryFilter, isAppError } from "@vidferry/core";
import { compilePattern } from "@vidferry/core/compose";
import { UsageError } from "@vidferry/core/program";
import type { Vidferry } from "@vidferry/sdk";

/** Which videos of a list are wanted. */
export interface RemoteListOptions {
  readonly match: string | undefined;
  readonly limit: number | null;
  readonly signal: AbortSignal;
}

/** A video that a job is made of, or an entry of a list that cannot be had. */
export interface RemoteEntry {
  readonly url: string;
  readonly unavailable: string | null;
}

/** Decides over titles. Throws {@link UsageError} for a pattern that is none. */
export function titleFilter(match: string | undefined): ReturnType<typeof entryFilter> {
  try {
    return entryFilter(match === undefined ? {} : { title: match }, compilePattern);
  } catch (error) {
    if (!isAppError(error)) throw error;
    throw new UsageError(`--match: ${error.fields[0]?.message ?? error.message}`);
  }
}

/** The videos of a list, as the server reads it. */
export async function* remoteEntries(
  vidferry: Vidferry,
  url: string,
  { match, limit, signal }: RemoteListOptions,
): AsyncGenerator<RemoteEntry, void, void> {
  const decide = titleFilter(match);
  let taken = 0;
  for await (const entry of vidferry.entries(url, { signal })) {
    if (entry.kind !== "video") continue;
    const decision = decide(entry);
    if (decision === "unlike") continue;
    if (limit !== null && taken >= limit) return;
    if (decision === "take") taken += 1;
    yield { url: entry.url, unavailable: decision === "take" ? null : decision.detail };
  }
}
