import { guessEncoding, isKnown } from "./guess-encoding.ts";

/** A decoded text, and the name of its encoding where that had to be guessed. */
export interface DecodedText {
  readonly text: string;
  readonly guessed: string | null;
}

/** Bytes in which Japanese would have begun. */
const sampleBytes = 64 << 10;

/**
 * Decodes the bytes of a caption file: by its byte order mark, by what an XML declaration says, as UTF-8 where that fits; else the
 * encoding is guessed from the bytes and the language of the track.
 */
export function decodeText(bytes: Uint8Array, language: string | null): DecodedText {
  const sure = sureEncoding(bytes);
  if (sure !== null) return { text: decode(bytes, sure), guessed: null };
  if (hasJapaneseShifts(bytes)) return { text: decode(bytes, "iso-2022-jp"), guessed: "ISO-2022-JP" };
  try {
    return { text: new TextDecoder("utf-8", { fatal: true }).decode(bytes), guessed: null };
  } catch {
    const guessed = guessEncoding(bytes, language);
    return { text: decode(bytes, guessed), guessed };
  }
}

function sureEncoding(bytes: Uint8Array): string | null {
  const [first, second, third] = bytes;
  if (first === 0xef && second === 0xbb && third === 0xbf) return "utf-8";
  if (first === 0xff && second === 0xfe) return "utf-16le";
  if (first === 0xfe && second === 0xff) return "utf-16be";
  return utf16WithoutMark(bytes) ?? declaredEncoding(bytes);
}

/** Times and line breaks are ASCII, every second byte of which is zero in UTF-16 and none in any other encoding. */
function utf16WithoutMark(bytes: Uint8Array): string | null {
  const zeros: [number, number] = [0, 0];
  const end = Math.min(bytes.length, 4_096);
  for (let at = 0; at < end; at++) if (bytes[at] === 0) zeros[at % 2 === 0 ? 0 : 1] += 1;
  const [even, odd] = zeros;
  if (Math.max(even, odd) < end / 20 || Math.min(even, odd) > Math.max(even, odd) / 10) return null;
  return odd > even ? "utf-16le" : "utf-16be";
}

function declaredEncoding(bytes: Uint8Array): string | null {
  const head = new TextDecoder("latin1").decode(bytes.subarray(0, 200));
  const name = /^\s*<\?xml\b[^>]*\bencoding\s*=\s*["']([A-Za-z0-9._-]{1,40})["']/.exec(head)?.[1];
  if (name === undefined || /^utf-?(8|16|32)/i.test(name) || !isKnown(name)) return null;
  return name;
}

const escapeCharacter = String.fromCharCode(0x1b);

/** ISO-2022-JP is made of ASCII alone, and so fits UTF-8: escapes say where Japanese begins. */
function hasJapaneseShifts(bytes: Uint8Array): boolean {
  const sample = bytes.subarray(0, sampleBytes);
  const parts = new TextDecoder("latin1").decode(sample).split(escapeCharacter);
  return parts.slice(1).some((part) => part.startsWith("$B") || part.startsWith("$@"));
}

function decode(bytes: Uint8Array, encoding: string): string {
  return new TextDecoder(encoding).decode(bytes);
}
