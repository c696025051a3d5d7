/** Names of fields with a URL in an info JSON: `url`, `manifest_url`, `fragment_base_url`, `uri`, a fragment's `path` … */
const addressField = /(^|_)(url|uri|path)$/;

/** Whether this is an address of http or https. */
export function isWebAddress(text: string): boolean {
  return /^https?:\/\//i.test(text);
}

/** Whether a text is an address with a scheme of the network that is neither http nor https. `data:` carries its own content. */
function isForeignAddress(text: string): boolean {
  const scheme = /^\s*([a-z][a-z0-9+.-]*):/i.exec(text)?.[1]?.toLowerCase();
  return scheme !== undefined && scheme !== "http" && scheme !== "https" && scheme !== "data";
}

/** Whether anything in here, however deep, is to be fetched from a foreign address. */
function leadsAway(value: unknown): boolean {
  if (Array.isArray(value)) return value.some(leadsAway);
  if (typeof value !== "object" || value === null) return false;
  return Object.entries(value).some(([name, field]) =>
    typeof field === "string" ? addressField.test(name) && isForeignAddress(field) : leadsAway(field),
  );
}

/** An info JSON without what is not available over http and https, and whether anything was removed. */
export interface WebOnly {
  readonly info: unknown;
  readonly isChanged: boolean;
  /** Even the formats selected for the download are not available over http and https. */
  readonly isLost: boolean;
}

/** Lists whose entries are alternatives: the remaining ones suffice. */
const alternatives = ["formats", "thumbnails"];
const tracks = ["subtitles", "automatic_captions"];

/**
 * Removes formats, thumbnails and tracks with URLs of other schemes than http and https from an info JSON. The egress guard
 * would refuse them anyway; but an unavailable picture must not fail a job.
 */
export function webOnly(info: unknown): WebOnly {
  if (typeof info !== "object" || info === null) return { info, isChanged: false, isLost: false };
  const kept: Record<string, unknown> = { ...info };
  let isChanged = false;
  const keep = (list: unknown): unknown => {
    if (!Array.isArray(list)) return list;
    const left = list.filter((entry) => !leadsAway(entry));
    isChanged ||= left.length < list.length;
    return left;
  };
  for (const name of alternatives) {
    if (name in kept) kept[name] = keep(kept[name]);
  }
  for (const name of tracks) {
    const found = kept[name];
    if (typeof found !== "object" || found === null) continue;
    kept[name] = Object.fromEntries(Object.entries(found).map(([language, files]) => [language, keep(files)]));
  }
  if (typeof kept["thumbnail"] === "string" && !isWebAddress(kept["thumbnail"])) {
    isChanged = true;
    delete kept["thumbnail"];
  }
  const { formats, thumbnails, entries, subtitles, automatic_captions, ...chosen } = kept;
  return { info: kept, isChanged, isLost: leadsAway(chosen) };
}
