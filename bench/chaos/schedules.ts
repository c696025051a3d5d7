import type { CollectionSources } from "./collections.ts";
import { lightUrl } from "./light-engine.ts";
import type { ListEntry, ServedList } from "./lists.ts";
import type { Random } from "./random.ts";

/** A schedule that the run will ask for. */
export interface PlannedSchedule {
  readonly key: string;
  readonly makes: "job" | "batch";
  /** How long after it is asked for it runs, once; or every so many seconds. */
  readonly when: { readonly inMs: number } | { readonly everySeconds: number };
  readonly work: Readonly<Record<string, unknown>>;
  /** A list that it follows, of which it takes only what is new; null: none. */
  readonly list: ServedList | null;
}

/** The schedules of a run, determined by the seed: some once, some again and again, some of them after a list. */
export function planSchedules(
  random: Random,
  count: number,
  everySeconds: number,
  sources: CollectionSources,
): PlannedSchedule[] {
  return Array.from({ length: count }, (_, index): PlannedSchedule => {
    const key = `schedule-${index}`;
    const url = entryOf(index, 0, sources).url;
    const once = { inMs: random.between(3_000, 12_000) };
    if (index % 4 === 1) return { key, makes: "job", when: { everySeconds }, work: { download: { url } }, list: null };
    if (index % 4 === 2) {
      const list = { name: key, entries: [entryOf(index, 0, sources), entryOf(index, 1, sources)] };
      const source = { url: lightUrl(sources.list(key, false)) };
      const work = { batch: { source }, onlyNew: true };
      return { key, makes: "batch", when: { everySeconds }, work, list: { ...list, failures: 0, newcomers: [] } };
    }
    if (index % 4 === 3) {
      const urls = [url, entryOf(index, 1, sources).url];
      return { key, makes: "batch", when: once, work: { batch: { urls } }, list: null };
    }
    return { key, makes: "job", when: once, work: { download: { url } }, list: null };
  });
}

/** An entry of the list that the schedule with this number follows. */
export function entryOf(index: number, number: number, sources: Pick<CollectionSources, "origin">): ListEntry {
  const url = lightUrl(sources.origin(`big/${200_000 + index * 1_000 + number}.mp4`, false));
  return { url, title: `part ${number}`, isPrivate: false };
}
