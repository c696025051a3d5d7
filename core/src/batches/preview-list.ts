import { AppError } from "../errors/app-error.ts";
import type { Probe, ProbeLink, ProbeOptions } from "../pipeline/downloader.ts";
import { type BatchMatch, type BatchSource, mostEntries } from "./batch-request.ts";
import { type CompilePattern, entryFilter } from "./entry-filter.ts";

/** How to look at what a batch would take of a list. */
export interface PreviewOptions extends Omit<ProbeOptions, "offset"> {
  /** Only entries that a batch with it would not leave out. */
  readonly match?: BatchMatch | undefined;
  /** `reverse`: from the last of the list on. Default: as the source lists them. */
  readonly order?: BatchSource["order"] | undefined;
}

const defaultEntries = 100;

/**
 * What a link offers; of a list, the entries that a batch would take or skip. Pages of what matches are those of the list without the
 * rest, and may be short or empty before the last one. The reverse order needs the whole list, which is read for each page. Throws as the
 * probe does, `invalid_request` for a pattern or a cursor that is none, `playlist_too_long`.
 */
export async function previewList(
  probe: ProbeLink,
  url: string,
  { match, order = "source", ...page }: PreviewOptions,
  compile: CompilePattern | undefined,
): Promise<Probe> {
  const decide = entryFilter(match ?? {}, compile);
  const isReversed = order === "reverse";
  const from = isReversed ? placeIn(page.cursor) : 0;
  const whole = { ...page, cursor: undefined, limit: mostEntries };
  const found = await probe(url, isReversed ? whole : page);
  if (found.kind === "video") return found;
  // A list in the list is read itself.
  const entries = found.entries.filter((entry) => entry.kind === "playlist" || decide(entry) !== "unlike");
  if (!isReversed) return { ...found, entries };
  if (found.nextCursor !== null)
    throw new AppError(
      "playlist_too_long",
      `The list has more than ${mostEntries} entries, and is not shown in reverse.`,
    );
  const end = from + (page.limit ?? defaultEntries);
  const isLast = end >= entries.length;
  return { ...found, entries: entries.reverse().slice(from, end), nextCursor: isLast ? null : String(end) };
}

function placeIn(cursor: string | undefined): number {
  if (cursor === undefined) return 0;
  if (/^\d{1,7}$/.test(cursor)) return Number(cursor);
  const message = "is not a cursor of this list; take `nextCursor` as it was given";
  throw new AppError("invalid_request", `\`cursor\` ${message}.`, { fields: [{ path: "/cursor", message }] });
}
