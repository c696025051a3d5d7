import chardet from "chardet";

/** Bytes that are looked at: more says no more, and takes longer. */
const sampleBytes = 64 << 10;

/** Encodings that texts of a language were written in before UTF-8, the most usual first. */
const usual: Readonly<Record<string, readonly string[]>> = {
  ...shared("windows-1251 KOI8-R IBM866 ISO-8859-5", "bg kk ky mk mn ru sr tg"),
  ...shared("windows-1251 KOI8-U IBM866 ISO-8859-5", "be uk"),
  ...shared("windows-1250 ISO-8859-2", "bs cs hr hu pl ro sk sl sq"),
  ...shared("windows-1252 ISO-8859-15", "af br ca da de en es eu fi fr ga gl id is it ms nb nl nn no pt sv sw"),
  ...shared("windows-1257 ISO-8859-13 ISO-8859-15", "et lt lv"),
  ...shared("windows-1256 ISO-8859-6", "ar fa ps ur"),
  ...shared("windows-1253 ISO-8859-7", "el"),
  ...shared("windows-1254", "az tr"),
  ...shared("windows-1255", "he iw yi"),
  ...shared("windows-874", "th"),
  ...shared("windows-1258", "vi"),
};

/** Those of several bytes a letter: random bytes make letters of them too, so that only the detector can tell. */
const ofSeveralBytes: Readonly<Record<string, readonly string[]>> = {
  ja: ["Shift_JIS", "EUC-JP"],
  ko: ["EUC-KR"],
  zh: ["GB18030", "Big5"],
};

/** Letters beyond ASCII of languages whose encodings have letters of each other in the same places. */
const letters: Readonly<Record<string, string>> = {
  cs: "áčďéěíňóřšťúůýž",
  et: "äõöüšž",
  hr: "čćđšž",
  hu: "áéíóöőúüű",
  lt: "ąčęėįšųūž",
  lv: "āčēģīķļņšūž",
  pl: "ąćęłńóśźż",
  ro: "ăâîşţ",
  sk: "áäčďéíĺľňóôŕšťúýž",
  sl: "čšž",
};

function shared(encodings: string, languages: string): Record<string, readonly string[]> {
  return Object.fromEntries(languages.split(" ").map((language) => [language, encodings.split(" ")]));
}

/** The detector's names of encodings, and what is written on PCs in place of them, with the same letters and more. */
const supersets: Readonly<Record<string, string>> = {
  "ISO-8859-1": "windows-1252",
  "ISO-8859-8": "windows-1255",
  "ISO-8859-8-I": "windows-1255",
  "ISO-8859-9": "windows-1254",
};

/** The detector knows texts in both of these by one of their names. */
const twins: Readonly<Record<string, string>> = {
  "windows-1250": "ISO-8859-2",
  "windows-1253": "ISO-8859-7",
  "windows-1257": "ISO-8859-13",
};

/** The encoding that a text most likely has, by its bytes and the language of the track. */
export function guessEncoding(bytes: Uint8Array, language: string | null): string {
  const sample = foreignLines(bytes);
  const found = chardet.analyse(sample).flatMap(({ name, confidence }) => {
    const encoding = supersets[name] ?? name;
    return isKnown(encoding) && !/^UTF-(16|32)/.test(encoding) ? [{ encoding, confidence }] : [];
  });
  const base = language?.toLowerCase().split("-")[0] ?? "";
  // A UTF-8 text with a broken character is not something else.
  if (found[0]?.encoding === "UTF-8") return "UTF-8";
  const multibyte = ofSeveralBytes[base];
  const expected = usual[base];
  if (multibyte !== undefined || expected === undefined) {
    const likely = found.find(({ encoding }) => multibyte?.includes(encoding));
    return (likely ?? found[0])?.encoding ?? multibyte?.[0] ?? "windows-1252";
  }
  const confidenceIn = (encoding: string) =>
    found.find((one) => one.encoding === encoding || one.encoding === twins[encoding])?.confidence ?? 0;
  const [best] = [...new Set([...expected, ...found.map(({ encoding }) => encoding)])]
    .map((encoding) => {
      const fit = fitOf(new TextDecoder(encoding).decode(sample), letters[base]) + confidenceIn(encoding) / 200;
      // Where the language is what it is said to be, only what cannot be right gives way.
      return { encoding, fit: expected.includes(encoding) ? fit : fit - 0.5 };
    })
    .sort((one, other) => other.fit - one.fit);
  return best?.encoding ?? "windows-1252";
}

const isLetter = (character: string | undefined) => character !== undefined && /[\p{L}\p{M}]/u.test(character);
const scripts = ["Latin", "Cyrillic", "Greek", "Arabic", "Hebrew", "Thai", "Han"].map(
  (name) => new RegExp(`\\p{Script=${name}}`, "u"),
);
const scriptOf = (letter: string) => scripts.findIndex((script) => script.test(letter));

/**
 * How much a text looks like one of a language, for each of its characters beyond ASCII: at most 1. Wrong encodings show themselves by
 * signs and capital letters within words, by words of several scripts, and by characters that nobody writes.
 */
function fitOf(text: string, own: string | undefined): number {
  const characters = [...text];
  let [sum, count] = [0, 0];
  for (const [index, character] of characters.entries()) {
    if (character.charCodeAt(0) < 0x80) continue;
    count += 1;
    sum += worthOf(character, characters[index - 1], characters[index + 1], own);
  }
  return count === 0 ? 0 : sum / count;
}

function worthOf(character: string, before: string | undefined, after: string | undefined, own: string | undefined) {
  if (/[\p{Cc}\p{Cn}\ufffd]/u.test(character)) return -3;
  const neighbours = [before, after].filter((one) => one !== undefined && isLetter(one));
  if (!isLetter(character)) {
    if (neighbours.length === 2 && !/[\p{Pd}’·]/u.test(character)) return -2;
    return /[\p{So}\p{Sm}\p{Sk}¤]/u.test(character) ? -1 : 0;
  }
  const isMixed = neighbours.some((one) => scriptOf(one ?? "") !== scriptOf(character));
  const isCapitalWithin = /\p{Lu}/u.test(character) && before !== undefined && /\p{Ll}/u.test(before);
  if (isMixed || isCapitalWithin) return -2;
  if (neighbours.length === 0) return 0;
  if (own !== undefined && !own.includes(character.toLowerCase())) return 0;
  return /\p{Lu}/u.test(character) ? 0.9 : 1;
}

/** The lines that are not ASCII alone: times and markup tell nothing. */
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

/** The encodings of the web, which every runtime knows. */
export function isKnown(encoding: string): boolean {
  try {
    return new TextDecoder(encoding).encoding !== "";
  } catch {
    return false;
  }
}
