import { entryFilter, isAppError } from "@vidferry/core";
import { compilePattern } from "@vidferry/core/compose";
import { UsageError } from "@vidferry/core/program";
import type { Vidferry } from "@vidferry/sdk";

/** Which videos of a list are wanted. */
export interface RemoteListOptions {
  readonly match: string | undefined;
  readonly limit: number | null;
  /** Whether what comes later in the list is older: where all of a page is known, the rest is too. */
  readonly isNewestFirst: boolean;
  readonly isKnown: (url: string) => boolean;
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

/** The videos of a list, as the server reads it, page by page as they are taken. The limit counts known ones too, as that of `download`. */
export async function* remoteEntries(
  vidferry: Vidferry,
  url: string,
  { match, limit, isNewestFirst, isKnown, signal }: RemoteListOptions,
): AsyncGenerator<RemoteEntry, void, void> {
  const decide = titleFilter(match);
  let taken = 0;
  for (let cursor: string | undefined; ; ) {
    const page = await vidferry.probe(url, { signal, ...(cursor !== undefined && { cursor }) });
    if (page.kind !== "playlist") return;
    const videos = page.entries.filter(({ kind }) => kind === "video");
    for (const entry of videos) {
      const decision = decide(entry);
      if (decision === "unlike") continue;
      if (limit !== null && taken >= limit) return;
      if (decision === "take") taken += 1;
      yield { url: entry.url, unavailable: decision === "take" ? null : decision.detail };
    }
    const isOld = isNewestFirst && videos.length > 0 && videos.every((entry) => isKnown(entry.url));
    if (isOld || !page.nextCursor) return;
    cursor = page.nextCursor;
  }
}
