import { isAppError } from "../errors/app-error.ts";
import type { PlaylistEntry, Probe, ProbeLink } from "../pipeline/downloader.ts";
import { type HostPolicy, parseSourceUrl } from "../sources/source-url.ts";
import type { BatchEntry, Checkpoint, SkipReason } from "./batch.ts";
import type { Decision } from "./entry-filter.ts";

/** A page of a list, and where the next one begins. */
export interface ReadPage {
  readonly title: string | null;
  /** How many there are in all, if the source says. */
  readonly count: number | null;
  /** What is wanted of it, and what was skipped; each with its place. */
  readonly entries: readonly BatchEntry[];
  readonly checkpoint: Checkpoint;
}

/** Of the entries read last, so many are read again with the next page. */
const overlap = 20;
/**
 * The first page is small, so that the first jobs begin soon. A source reads all that comes before a page each time, so that pages grow
 * with what was read: else a long list would be read many times over.
 */
const pageSizes = { first: 100, growth: 9, most: 5_000 } as const;
/** When the place was not found again, the page before is looked at, so many times. */
const lookBack = { entries: 200, times: 3 } as const;
/** Lists within a list that are read. */
const mostNested = 50;

export interface ReadOptions {
  readonly probe: ProbeLink;
  readonly hosts: HostPolicy;
  readonly decide: (entry: PlaylistEntry) => Decision;
  readonly isReversed: boolean;
  /** So many entries of it can be needed; absent: all of it. */
  readonly wanted?: number;
  readonly signal: AbortSignal;
}

/**
 * Reads the next page of the first list of a checkpoint. It begins a few entries before the end of the last one: when none of
 * those is where it was, the list has become shorter meanwhile, and it is read again from further ahead. What comes twice by
 * that is recognised by its key when it is written.
 */
export async function readPage(checkpoint: Checkpoint, options: ReadOptions): Promise<ReadPage> {
  const [list, ...others] = checkpoint.lists;
  if (list === undefined) throw new Error("there is no list to be read");
  const { tail, offset: reached } = checkpoint;
  const most = reached === 0 ? pageSizes.first : Math.min(pageSizes.most, reached * pageSizes.growth);
  for (let looks = 0; ; looks += 1) {
    const offset = Math.max(0, reached - overlap - looks * lookBack.entries);
    const { signal, wanted = most } = options;
    const limit = Math.min(most, wanted + reached - offset);
    const probe = await options.probe(list.url, { signal, limit, ...(offset > 0 && { offset }) });
    const known = new Set(tail);
    const all = entriesOf(probe, list.url);
    const found = all.filter(({ url }) => !known.has(keyOf(url, options.hosts).key));
    const isPlaceKnown = offset === 0 || found.length < all.length;
    if (!isPlaceKnown && looks < lookBack.times) continue;
    const isLast = probe.kind === "video" || probe.nextCursor === null;
    const nested = list.isNested ? [] : found.filter(({ kind }) => kind === "playlist").slice(0, mostNested);
    const entries = toEntries(found, checkpoint.read, list.isNested, options);
    const keys = all.map(({ url }) => keyOf(url, options.hosts).key).slice(-overlap);
    const added = nested.map(({ url }) => ({ url, isNested: true }));
    return {
      title: probe.kind === "playlist" ? (probe.title ?? probe.channel) : probe.media.title,
      count: probe.kind === "playlist" ? probe.count : 1,
      entries,
      checkpoint: {
        ...checkpoint,
        lists: isLast ? [...others, ...added] : [list, ...others, ...added],
        offset: isLast ? 0 : offset + limit,
        tail: isLast ? [] : keys,
        read: checkpoint.read + found.length,
      },
    };
  }
}

function entriesOf(probe: Probe, url: string): readonly PlaylistEntry[] {
  if (probe.kind === "playlist") return probe.entries;
  const { id, title, durationSeconds, uploadedAt, webpageUrl } = probe.media;
  return [{ kind: "video", id, url: webpageUrl || url, title, durationSeconds, uploadedAt, unavailable: null }];
}

/** What an entry is recognised by, or why its link is none that is taken. */
function keyOf(url: string, hosts: HostPolicy): { readonly key: string; readonly refused: SkipReason | null } {
  try {
    const link = parseSourceUrl(url, hosts);
    if (link.kind === "video") return { key: link.url, refused: null };
    return { key: link.url, refused: { code: "unsupported_url", detail: "It is a list within a list of lists." } };
  } catch (error) {
    if (!isAppError(error)) throw error;
    return { key: url, refused: { code: error.code, detail: error.message } };
  }
}

function toEntries(
  found: readonly PlaylistEntry[],
  read: number,
  isNested: boolean,
  { hosts, decide, isReversed }: ReadOptions,
): BatchEntry[] {
  return found.flatMap((entry, index) => {
    // Lists within the list are read themselves.
    if (entry.kind === "playlist" && !isNested) return [];
    const decision = decide(entry);
    if (decision === "unlike") return [];
    const { key, refused } = keyOf(entry.url, hosts);
    const skipped = refused ?? (decision === "take" ? null : decision);
    const position = isReversed ? -(read + index) : read + index;
    return [{ key, position, url: key, title: entry.title, skipped }];
  });
}
