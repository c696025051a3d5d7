import type { ChosenSegments, Place, Segment, SegmentKey, SegmentList } from "./segments.ts";

/** Tags that say nothing of a segment: what a shorter playlist needs of them it says itself. */
const ofThePlaylist =
  /^#(EXTM3U|EXT-X-(VERSION|TARGETDURATION|PLAYLIST-TYPE|MEDIA-SEQUENCE|ENDLIST|INDEPENDENT-SEGMENTS|ALLOW-CACHE|PROGRAM-DATE-TIME)\b)/;

/**
 * The segments of an HLS media playlist (RFC 8216). Null: it is not such a playlist, goes on later, is encrypted in another way than
 * AES-128, or has tags of another meaning (discontinuities, gaps, parts).
 */
export function readPlaylist(text: string, baseUrl: string): SegmentList | null {
  const lines = text.split(/\r?\n/).map((line) => line.trim());
  const isWhole = lines.some((line) => line === "#EXT-X-ENDLIST" || line === "#EXT-X-PLAYLIST-TYPE:VOD");
  if (lines[0] !== "#EXTM3U" || !isWhole) return null;
  const segments: Segment[] = [];
  const addressOf = (address = "") => (address === "" ? undefined : URL.parse(address, baseUrl)?.href);
  let init: Place | null = null;
  let [sequence, key]: [number, Attributes | null] = [0, null];
  let [seconds, range]: [number | null, string | null] = [null, null];
  /** Where the last range has ended, and of which file. */
  let last = { url: "", end: 0 };
  for (const line of lines) {
    const [, tag = "", value = ""] = /^#(EXT[^:]*):?(.*)$/.exec(line) ?? [];
    if (line === "" || (line.startsWith("#") && tag === "")) continue;
    if (tag === "EXT-X-MEDIA-SEQUENCE") sequence = Number.parseInt(value, 10);
    else if (tag === "EXTINF") seconds = Number.parseFloat(value);
    else if (tag === "EXT-X-BYTERANGE") range = value;
    else if (tag === "EXT-X-KEY") {
      key = attributesOf(value);
      if (key["METHOD"] === "NONE") key = null;
      else if (key["METHOD"] !== "AES-128" || (key["KEYFORMAT"] ?? "identity") !== "identity") return null;
    } else if (tag === "EXT-X-MAP") {
      const attributes = attributesOf(value);
      const url = addressOf(attributes["URI"]);
      // One that begins anew has other streams, and one that is encrypted has a vector of its own.
      if (url === undefined || init !== null || segments.length > 0 || key !== null) return null;
      init = { url, span: spanOf(attributes["BYTERANGE"] ?? null, 0) };
    } else if (tag !== "" && !ofThePlaylist.test(line)) return null;
    else if (tag === "") {
      const url = addressOf(line);
      if (url === undefined || seconds === null || !(seconds >= 0)) return null;
      const span = spanOf(range, url === last.url ? last.end : 0);
      last = { url, end: span?.end ?? 0 };
      const own = key && keyOf(key, addressOf(key["URI"]), sequence + segments.length);
      if (own === undefined) return null;
      segments.push({ seconds, url, span, key: own });
      [seconds, range] = [null, null];
    }
  }
  return segments.length === 0 ? null : { init, segments };
}

/** A playlist of the chosen segments alone, with addresses of their own. */
export function writePlaylist({ init, segments }: SegmentList, { first, last }: ChosenSegments): string {
  const chosen = segments.slice(first, last + 1);
  const longest = Math.ceil(Math.max(1, ...chosen.map(({ seconds }) => seconds)));
  const lines = ["#EXTM3U", "#EXT-X-VERSION:7", `#EXT-X-TARGETDURATION:${longest}`, "#EXT-X-PLAYLIST-TYPE:VOD"];
  if (init !== null)
    lines.push(`#EXT-X-MAP:URI="${init.url}"${init.span === null ? "" : `,BYTERANGE="${rangeOf(init)}"`}`);
  let keyed: SegmentKey | null = null;
  for (const segment of chosen) {
    const { key, seconds, span, url } = segment;
    if (key !== null) lines.push(`#EXT-X-KEY:METHOD=AES-128,URI="${key.url}",IV=0x${key.vector}`);
    else if (keyed !== null) lines.push("#EXT-X-KEY:METHOD=NONE");
    keyed = key;
    lines.push(`#EXTINF:${seconds},`, ...(span === null ? [] : [`#EXT-X-BYTERANGE:${rangeOf(segment)}`]), url);
  }
  return `${[...lines, "#EXT-X-ENDLIST"].join("\n")}\n`;
}

type Attributes = Readonly<Record<string, string>>;

function attributesOf(text: string): Attributes {
  const found = text.matchAll(/([A-Z0-9-]+)=(?:"([^"]*)"|([^",]*))/g);
  return Object.fromEntries([...found].map(([, name = "", quoted, plain]) => [name, quoted ?? plain ?? ""]));
}

/** The vector is the number of the segment where none is named: that number changes with what goes before. */
function keyOf(key: Attributes, url: string | undefined, sequence: number): SegmentKey | undefined {
  const vector = /^0x([0-9a-f]{1,32})$/i.exec(key["IV"] ?? `0x${sequence.toString(16)}`)?.[1];
  return url === undefined || vector === undefined ? undefined : { url, vector: vector.padStart(32, "0") };
}

function spanOf(range: string | null, following: number): Place["span"] {
  const [length = Number.NaN, start = following] = range?.split("@").map(Number) ?? [];
  return Number.isFinite(length + start) ? { start, end: start + length } : null;
}

const rangeOf = ({ span }: Place): string => (span === null ? "" : `${span.end - span.start}@${span.start}`);
