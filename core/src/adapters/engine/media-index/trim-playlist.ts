import type { MediaRange } from "./remote-file.ts";

/** A playlist of the segments that are needed, with addresses of their own. */
export interface TrimmedPlaylist {
  readonly text: string;
  /** When the first of them begins on the timeline of the whole, in seconds. */
  readonly beginsAtSeconds: number;
}

interface Segment {
  readonly seconds: number;
  /** Lines that go before its address. */
  readonly lines: readonly string[];
  readonly key: string | null;
  readonly address: string;
}

/** Sound and picture of a segment may reach a little into the next; so much more is fetched, in seconds. */
const readAhead = 3;

/** Tags that say nothing of a segment: what the trimmed playlist needs of them it says itself. */
const ofThePlaylist =
  /^#(EXTM3U|EXT-X-(VERSION|TARGETDURATION|PLAYLIST-TYPE|MEDIA-SEQUENCE|ENDLIST|INDEPENDENT-SEGMENTS|ALLOW-CACHE|PROGRAM-DATE-TIME)\b)/;

/**
 * The segments of an HLS media playlist (RFC 8216) from the one before the earliest of these ranges to the end of the latest. Null: it is
 * not such a playlist, has tags of another meaning (discontinuities, gaps, parts), its lengths are rounded to seconds, its segments
 * are fragments of MP4 (FFmpeg counts the length of those from the start of the whole), or nothing can be left out.
 */
export function trimPlaylist(text: string, baseUrl: string, ranges: readonly MediaRange[]): TrimmedPlaylist | null {
  const segments = readSegments(text, baseUrl);
  if (segments === null || ranges.length === 0) return null;
  const from = Math.min(...ranges.map(({ startSeconds }) => startSeconds));
  const to = Math.max(...ranges.map(({ endSeconds }) => endSeconds)) + readAhead;
  const ends: number[] = [];
  for (const { seconds } of segments) ends.push((ends.at(-1) ?? 0) + seconds);
  const holds = ends.findIndex((end) => end > from);
  const first = Math.max(0, (holds === -1 ? segments.length - 1 : holds) - 1);
  const until = ends.findIndex((end) => end >= to);
  const last = until === -1 ? segments.length - 1 : until;
  if (first === 0 && last === segments.length - 1) return null;
  const longest = Math.ceil(Math.max(...segments.map(({ seconds }) => seconds)));
  const lines = ["#EXTM3U", "#EXT-X-VERSION:7", `#EXT-X-TARGETDURATION:${longest}`, "#EXT-X-PLAYLIST-TYPE:VOD"];
  let before: Segment | null = null;
  for (const segment of segments.slice(first, last + 1)) {
    if (segment.key !== null && segment.key !== before?.key) lines.push(segment.key);
    lines.push(...segment.lines, segment.address);
    before = segment;
  }
  return { text: `${[...lines, "#EXT-X-ENDLIST"].join("\n")}\n`, beginsAtSeconds: ends[first - 1] ?? 0 };
}

function readSegments(text: string, baseUrl: string): Segment[] | null {
  const lines = text.split(/\r?\n/).map((line) => line.trim());
  const isWhole = lines.some((line) => line === "#EXT-X-ENDLIST" || line === "#EXT-X-PLAYLIST-TYPE:VOD");
  if (lines[0] !== "#EXTM3U" || !isWhole) return null;
  const segments: Segment[] = [];
  let [sequence, key]: [number, string | null] = [0, null];
  let [extinf, range]: [string | null, string | null] = [null, null];
  /** Where the last range has ended, and of which file. */
  let last = { address: "", end: 0 };
  for (const line of lines) {
    const [, tag = "", value = ""] = /^#(EXT[^:]*):?(.*)$/.exec(line) ?? [];
    if (line === "" || (line.startsWith("#") && tag === "")) continue;
    if (tag === "EXT-X-MEDIA-SEQUENCE") sequence = Number.parseInt(value, 10);
    else if (tag === "EXTINF") extinf = line;
    else if (tag === "EXT-X-BYTERANGE") range = value;
    else if (tag === "EXT-X-KEY") key = line;
    else if (tag !== "" && !ofThePlaylist.test(line)) return null;
    else if (tag === "") {
      const address = URL.parse(line, baseUrl)?.href;
      const seconds = Number.parseFloat(extinf?.slice("#EXTINF:".length) ?? "");
      if (address === undefined || extinf === null || !(seconds >= 0)) return null;
      const [length, start] = range?.split("@").map(Number) ?? [];
      const at = start ?? (address === last.address ? last.end : 0);
      const bytes = length === undefined ? [] : [`#EXT-X-BYTERANGE:${length}@${at}`];
      last = { address, end: at + (length ?? 0) };
      const own = key === null ? null : withVector(withAddress(key, baseUrl), sequence + segments.length);
      segments.push({ seconds, lines: [extinf, ...bytes], key: own, address });
      [extinf, range] = [null, null];
    }
  }
  const areRounded = segments.length > 1 && segments.every(({ seconds }) => Number.isInteger(seconds));
  return areRounded && !/#EXTINF:\d+\./.test(text) ? null : segments;
}

/** The address in a tag as it is without the playlist's own. */
const withAddress = (tag: string, baseUrl: string): string =>
  tag.replace(/URI="([^"]*)"/, (whole, address: string) => {
    const href = URL.parse(address, baseUrl)?.href;
    return href === undefined ? whole : `URI="${href}"`;
  });

/** The vector of a key, which is the number of the segment where none is named: that number changes with what goes before. */
const withVector = (tag: string, sequence: number): string =>
  /METHOD=AES-128/.test(tag) && !/[,:]IV=/.test(tag) ? `${tag},IV=0x${sequence.toString(16).padStart(32, "0")}` : tag;
