import {
  type BatchMatch,
  type Checkpoint,
  entryFilter,
  type HostPolicy,
  nothingToRead,
  type ProbeLink,
  readPage,
} from "@vidferry/core";
import { compilePattern } from "@vidferry/core/compose";

/** One video of a list. */
export interface ListEntry {
  readonly url: string;
  readonly title: string | null;
  /** Why it cannot be had, as the list says; null: as far as the list says, it can. */
  readonly unavailable: string | null;
}

export interface ExpandListOptions {
  readonly match: BatchMatch;
  /** Entries that are taken at most. */
  readonly limit: number | null;
  /** Whether what comes later in the list is older: where all of a page is known, the rest is too. */
  readonly isNewestFirst: boolean;
  readonly isKnown: (url: string) => boolean;
  readonly probe: ProbeLink;
  readonly hosts: HostPolicy;
  readonly signal: AbortSignal;
}

/**
 * The videos of a playlist or a channel, page by page as they are taken. The limit counts known ones too: else each time one
 * would dig further into what is old.
 */
export async function* expandList(url: string, options: ExpandListOptions): AsyncGenerator<ListEntry, void, void> {
  const { isKnown, isNewestFirst, limit, signal } = options;
  const decide = entryFilter(options.match, compilePattern);
  const seen = new Set<string>();
  let taken = 0;
  let checkpoint: Checkpoint = { ...nothingToRead, lists: [{ url, isNested: false }] };
  while (checkpoint.lists.length > 0) {
    signal.throwIfAborted();
    const page = await readPage(checkpoint, { ...options, decide, isReversed: false });
    // A page is read with some entries of the one before it.
    const entries = page.entries.filter((entry) => !seen.has(entry.key));
    for (const { key, url: link, title, skipped } of entries) {
      seen.add(key);
      if (limit !== null && taken >= limit) return;
      if (skipped === null) taken += 1;
      yield { url: link, title, unavailable: skipped === null ? null : skipped.detail };
    }
    const isOld = isNewestFirst && entries.length > 0 && entries.every((entry) => isKnown(entry.url));
    checkpoint = isOld
      ? { ...page.checkpoint, lists: checkpoint.lists.slice(1), offset: 0, tail: [] }
      : page.checkpoint;
    if (entries.length === 0 && page.checkpoint.read >= mostRead) return;
  }
}

/** A list that goes on for so long only repeats itself. */
const mostRead = 20_000;
