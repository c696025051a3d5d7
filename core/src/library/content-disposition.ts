import { cutToBytes, maxFileNameBytes } from "./file-name.ts";

/** Whether a browser saves the file or may show it in place. */
export type DispositionType = "attachment" | "inline";

/**
 * The value of a `Content-Disposition` header (RFC 6266): `filename` in plain ASCII for old clients and, when that is not
 * the whole name, `filename*` in UTF-8 (RFC 8187). The value is always printable ASCII on one line, names no folder,
 * and stays short enough for headers and signed URLs; a truncated name keeps its extension.
 */
export function contentDisposition(fileName: string, type: DispositionType = "attachment"): string {
  const name = shorten(plainName(withoutFoldersIfLong(fileName)));
  const ascii = asciiName(name);
  return ascii === name
    ? `${type}; filename="${ascii}"`
    : `${type}; filename="${ascii}"; filename*=UTF-8''${extendedValue(name)}`;
}

/** Cutting the end of a long name with its folders would cut what tells it from others. */
function withoutFoldersIfLong(fileName: string): string {
  const fits = cutToBytes(fileName, maxFileNameBytes) === fileName;
  return fits ? fileName : fileName.slice(fileName.lastIndexOf("/") + 1);
}

function plainName(fileName: string): string {
  const name = fileName
    .toWellFormed()
    .replace(/[\p{Cc}\u2028\u2029\u061C\u200E\u200F\u202A-\u202E\u2066-\u2069\uFEFF]/gu, "")
    .replace(/[/\\]/gu, "_")
    .trim();
  return /^\.*$/.test(name) ? "download" : withoutStart(name);
}

function shorten(name: string): string {
  const { stem, extension } = split(name);
  return cutToBytes(stem, maxFileNameBytes - extension.length) + extension;
}

/** A leading dot would hide the file, and a leading dash would make the name an option of programs. */
const withoutStart = (name: string): string => name.replace(/^[-.]/, "_");

// `%` is replaced as well: some clients decode it inside `filename`. Quotes and backslashes would need escapes that others
// misread, and compatibility normalisation makes a slash of the full-width one. A name that lost characters gets a hash of
// the whole name, so that two titles stay distinct: clients such as `curl -OJ` see this name alone.
function asciiName(name: string): string {
  const { stem, extension } = split(name);
  const letters = stem.normalize("NFKD").replace(/\p{M}/gu, "");
  const plain = withoutStart(letters.replace(/[^\x20-\x7e]+|["\\%/]/gu, "_"));
  const readable = /^[_\s-]*$/.test(plain) ? "download" : plain;
  return (/[^\x20-\x7e]/.test(letters) ? `${readable.trimEnd()}-${hashOf(name)}` : readable) + extension;
}

/** A hash of the name in eight characters (FNV-1a). */
function hashOf(name: string): string {
  let hash = 0x811c9dc5;
  for (const byte of new TextEncoder().encode(name)) hash = Math.imul(hash ^ byte, 0x01000193) >>> 0;
  return hash.toString(16).padStart(8, "0");
}

function split(name: string): { readonly stem: string; readonly extension: string } {
  const extension = /\.[A-Za-z0-9-]{1,16}$/.exec(name)?.[0] ?? "";
  return { stem: name.slice(0, name.length - extension.length), extension };
}

function extendedValue(name: string): string {
  return encodeURIComponent(name).replace(
    /['()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}
