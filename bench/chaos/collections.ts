import { lightUrl } from "./light-engine.ts";
import type { ListEntry, ServedList } from "./lists.ts";
import type { Random } from "./random.ts";

/** A batch that the run will ask for. */
export interface PlannedBatch {
  /** Also its idempotency key: however often it is sent, one batch must be created. */
  readonly key: string;
  readonly kind: string;
  readonly body: Readonly<Record<string, unknown>>;
  /** What its list is to be; null: it is one of links. */
  readonly list: ServedList | null;
  /** Links that it makes exactly one job of. */
  readonly wanted: readonly string[];
  /** Links that it may make one job of: they came while it was read. */
  readonly tolerated: readonly string[];
  /** Asked to be canceled this long after it was accepted; null: not. */
  readonly cancelAfterMs: number | null;
}

/** Where the entries and the lists of a plan are. */
export interface CollectionSources {
  /** Address of a path of the media origin; `budgeted`: such that it is reached through the egresses. */
  origin(path: string, budgeted: boolean): string;
  list(name: string, budgeted: boolean): string;
}

interface Kind {
  readonly name: string;
  /** Entries; one of so many is wanted, the others have other titles. Absent: it is a batch of so many links. */
  readonly list?: { readonly length: number; readonly every: number; readonly order: "source" | "reverse" };
  readonly links?: number;
  readonly budgeted?: boolean;
  readonly failures?: number;
  readonly newcomers?: number;
  /** Private ones, which the list tells. */
  readonly isPrivate?: (index: number) => boolean;
  readonly cancel?: boolean;
}

/** In turn, so that a short run has the first of them. */
const kinds: readonly Kind[] = [
  {
    name: "list that fails, behind budgets",
    ...{ list: { length: 180, every: 30, order: "source" }, budgeted: true, failures: 1 },
  },
  { name: "list that grows", list: { length: 1_150, every: 200, order: "source" }, newcomers: 3, failures: 2 },
  { name: "links", links: 4 },
  { name: "links, behind budgets", links: 6, budgeted: true },
  { name: "list, canceled", list: { length: 150, every: 10, order: "source" }, cancel: true },
  {
    name: "list from its end, some private",
    list: { length: 1_300, every: 120, order: "reverse" },
    ...{ newcomers: 2, isPrivate: (index: number) => index % 240 === 0 },
  },
];

const wantedTitle = "wanted";

/** The batches of a run, determined by the seed. */
export function planBatches(random: Random, count: number, sources: CollectionSources): PlannedBatch[] {
  return Array.from({ length: count }, (_, index) => planBatch(random, index, sources));
}

function planBatch(random: Random, index: number, sources: CollectionSources): PlannedBatch {
  const kind = kinds[index % kinds.length] ?? { name: "links", links: 1 };
  const key = `batch-${index}`;
  const budgeted = kind.budgeted ?? false;
  let made = 0;
  const nextLink = () => {
    made += 1;
    return lightUrl(sources.origin(`big/${100_000 + index * 1_000 + made}.mp4`, budgeted));
  };
  const labels = { run: key };
  const cancelAfterMs = kind.cancel ? random.between(0, 3_000) : null;
  if (kind.list === undefined) {
    const wanted = Array.from({ length: kind.links ?? 1 }, nextLink);
    return { key, kind: kind.name, body: { urls: wanted, labels }, list: null, wanted, tolerated: [], cancelAfterMs };
  }
  const { length, every, order } = kind.list;
  const other = lightUrl(sources.origin("big/100000.mp4", budgeted));
  const entries = Array.from({ length }, (_, place): ListEntry => {
    if (place % every !== 0) return { url: `${other}&n=${place}`, title: `other ${place}`, isPrivate: false };
    return { url: nextLink(), title: `${wantedTitle} ${place}`, isPrivate: kind.isPrivate?.(place) ?? false };
  });
  const newcomers = Array.from({ length: kind.newcomers ?? 0 }, (_, place) => ({
    ...{ url: nextLink(), title: `${wantedTitle}, new ${place}`, isPrivate: false },
  }));
  const source = { url: lightUrl(sources.list(key, budgeted)), order, match: { title: wantedTitle } };
  return {
    ...{ key, kind: kind.name, body: { source, labels }, cancelAfterMs },
    list: { name: key, entries, failures: kind.failures ?? 0, newcomers },
    wanted: entries.filter(({ title, isPrivate }) => title.startsWith(wantedTitle) && !isPrivate).map(({ url }) => url),
    tolerated: newcomers.map(({ url }) => url),
  };
}
