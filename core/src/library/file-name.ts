/** Longest file name made here, in bytes of UTF-8. File systems allow 255; the rest is left for what a user may add. */
export const maxFileNameBytes = 180;

const encoder = new TextEncoder();
const graphemes = new Intl.Segmenter(undefined, { granularity: "grapheme" });

// Separators and wildcards of the common file systems, and the quotes and pipes that shells and Windows refuse.
const forbidden = /[/\\:*?"<>|]/gu;
// Control characters and line or paragraph separators; they become a space, since they often separate words.
const controls = /[\p{Cc}\u2028\u2029]+/gu;
// Marks that reorder or hide text (`gpj.exe` shown as `exe.jpg`). The joiners U+200C and U+200D stay: scripts and emoji need them.
const disguises = /[\u061C\u200B\u200E\u200F\u202A-\u202E\u2060-\u2069\uFEFF\uFFF9-\uFFFB\u{E0001}]/gu;
// Of a device is also what has its name before the first dot, whatever spaces lie between.
const reservedOnWindows = /^(?:con|prn|aux|nul|conin\$|conout\$|com[0-9¹²³]|lpt[0-9¹²³])(?= *(?:\.|$))/iu;

/**
 * A file name from a title and an extension (`mp4`, `en.srt`): keeps every script and emoji, and is safe on Linux, macOS
 * and Windows. Forbidden characters become `_`; control and direction characters are removed; no dots or spaces at the ends (so no hidden
 * file and no `..`); a dash at the start becomes `_` (so no option of a program); names reserved by Windows get a `_` in
 * front; cut to {@link maxFileNameBytes} between graphemes.
 * Never empty: where nothing is left of the title, it is `untitled`.
 */
export function safeFileName(title: string, extension: string): string {
  const suffix = cleanExtension(extension);
  return cleanStem(title, maxFileNameBytes - encoder.encode(suffix).length) + suffix;
}

/** The name of a result, which may name folders (`Channel/Title`), as {@link safeFileName} makes each of its parts safe. */
export function safeFilePath(name: string, extension: string): string {
  const parts = name.split("/");
  const last = parts.pop() ?? "";
  const folders = parts.filter((part) => part.trim() !== "").map((part) => cleanStem(part, maxFileNameBytes));
  return [...folders, safeFileName(last, extension)].join("/");
}

/** A text as a part of a file name: without what separates folders, is refused by file systems, or hides or reorders text. */
export function plainText(text: string): string {
  return text
    .toWellFormed()
    .normalize("NFC")
    .replace(controls, " ")
    .replace(disguises, "")
    .replace(forbidden, "_")
    .replace(/\s+/gu, " ");
}

/** Cuts a text to at most `maxBytes` bytes of UTF-8 without splitting a grapheme; a single longer grapheme is split between code points. */
export function cutToBytes(text: string, maxBytes: number): string {
  if (encoder.encode(text).length <= maxBytes) return text;
  const whole = takeWhileFits(
    map(graphemes.segment(text.slice(0, maxBytes)), ({ segment }) => segment),
    maxBytes,
  );
  return whole === "" ? takeWhileFits(text, maxBytes) : whole;
}

function cleanStem(title: string, maxBytes: number): string {
  const plain = plainText(title).replace(reservedOnWindows, "_$&");
  const stem = trimEnds(cutToBytes(trimEnds(plain), maxBytes));
  // Trimming may have exposed a reserved name (`.con`). A name with a leading dash would be an option of programs.
  return stem === "" ? "untitled" : stem.replace(reservedOnWindows, "_$&").replace(/^-/, "_");
}

function trimEnds(text: string): string {
  return text.replace(/^[.\s]+|[.\s]+$/gu, "");
}

function cleanExtension(extension: string): string {
  const parts = extension
    .split(".")
    .map((part) => part.replace(/[^A-Za-z0-9_-]/g, ""))
    .filter((part) => part !== "");
  return parts.length === 0 ? "" : `.${parts.join(".").slice(-40)}`;
}

function takeWhileFits(pieces: Iterable<string>, maxBytes: number): string {
  let text = "";
  let bytes = 0;
  for (const piece of pieces) {
    bytes += encoder.encode(piece).length;
    if (bytes > maxBytes) break;
    text += piece;
  }
  return text;
}

function* map<A, B>(items: Iterable<A>, change: (item: A) => B): Generator<B> {
  for (const item of items) yield change(item);
}
