import chardet from "chardet";

/** A decoded text, and the name of its encoding where that had to be guessed. */
export interface DecodedText {
  readonly text: string;
  readonly guessed: string | null;
}

/** Bytes that the detector looks at: more says no more, and takes longer. */
const sampleBytes = 64 << 10;

/** Encodings that texts of a language were written in before UTF-8, as browsers assume them. */
const usual: Readonly<Record<string, readonly string[]>> = {
  ...shared("windows-1251", "be bg kk ky mk mn ru sr tg uk"),
  ...shared("windows-1250 ISO-8859-2", "bs cs hr hu pl ro sk sl sq"),
  ...shared("windows-1252", "af br ca da de en es eu fi fr ga gl id is it ms nb nl nn no pt sv sw"),
  ...shared("windows-1257", "et lt lv"),
  ...shared("windows-1256", "ar fa ps ur"),
  ...shared("windows-1253", "el"),
  ...shared("windows-1254", "az tr"),
  ...shared("windows-1255", "he iw yi"),
  ja: ["Shift_JIS", "EUC-JP"],
  ko: ["EUC-KR"],
  th: ["windows-874"],
  vi: ["windows-1258"],
  zh: ["GB18030", "Big5"],
};

function shared(encodings: string, languages: string): Record<string, readonly string[]> {
  return Object.fromEntries(languages.split(" ").map((language) => [language, encodings.split(" ")]));
}

/** The detector's names of encodings, and what is written on PCs in place of them. */
const supersets: Readonly<Record<string, string>> = {
  "ISO-8859-1": "windows-1252",
  "ISO-8859-7": "windows-1253",
  "ISO-8859-8": "windows-1255",
  "ISO-8859-8-I": "windows-1255",
  "ISO-8859-9": "windows-1254",
};

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

function guessEncoding(bytes: Uint8Array, language: string | null): string {
  const lines = foreignLines(bytes);
  const candidates = chardet.analyse(lines).flatMap(({ name }) => {
    const encoding = name === "ISO-8859-2" ? latin2(lines, language) : (supersets[name] ?? name);
    return isKnown(encoding) && !/^UTF-(16|32)/.test(encoding) ? [encoding] : [];
  });
  const expected = usual[language?.toLowerCase().split("-")[0] ?? ""] ?? [];
  const [first = expected[0] ?? "windows-1252"] = candidates;
  // A UTF-8 text with a broken character is not something else.
  if (first === "UTF-8") return first;
  return candidates.find((encoding) => expected.includes(encoding)) ?? first;
}

/**
 * Which of the two encodings of Central Europe it is: they differ in few letters. Read as that of PCs, a text in the other has signs
 * within its words, or the `ą` of Polish where there is none.
 */
function latin2(lines: Uint8Array, language: string | null): string {
  const text = decode(lines, "windows-1250");
  const isPolish = language === null || language.toLowerCase().startsWith("pl");
  const isOdd = /\p{L}[¦©«¬®±µ¶»]\p{L}|[±¶]/u.test(text) || (!isPolish && text.includes("ą"));
  return isOdd ? "ISO-8859-2" : "windows-1250";
}

/** The lines that are not ASCII alone: times and markup tell a detector nothing. */
function foreignLines(bytes: Uint8Array): Uint8Array {
  const sample = new Uint8Array(Math.min(bytes.length, sampleBytes));
  let filled = 0;
  for (let start = 0; start < bytes.length && filled < sample.length; ) {
    const at = bytes.indexOf(0x0a, start);
    const line = bytes.subarray(start, at < 0 ? bytes.length : at + 1);
    start += line.length;
    if (!line.some((byte) => byte >= 0x80)) continue;
    const part = line.subarray(0, sample.length - filled);
    sample.set(part, filled);
    filled += part.length;
  }
  return sample.subarray(0, filled);
}

function decode(bytes: Uint8Array, encoding: string): string {
  return new TextDecoder(encoding).decode(bytes);
}

/** The encodings of the web, which every runtime knows. */
function isKnown(encoding: string): boolean {
  try {
    return new TextDecoder(encoding).encoding !== "";
  } catch {
    return false;
  }
}
