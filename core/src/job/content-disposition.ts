import { cutToBytes, maxFileNameBytes } from "./file-name.ts";

/** Whether a browser saves the file or may show it in place. */
export type DispositionType = "attachment" | "inline";

/**
 * The value of a `Content-Disposition` header (RFC 6266): `filename` in plain ASCII for old clients and, when that is not
 * the whole name, `filename*` in UTF-8 (RFC 8187). Whatever the name holds, the value is printable ASCII on one line, names
 * no folder, and stays short enough for headers and signed URLs; a cut name keeps its extension.
 */
export function contentDisposition(fileName: string, type: DispositionType = "attachment"): string {
  const name = shorten(plainName(fileName));
  const ascii = asciiName(name);
  return ascii === name
    ? `${type}; filename="${ascii}"`
    : `${type}; filename="${ascii}"; filename*=UTF-8''${extendedValue(name)}`;
}

function plainName(fileName: string): string {
  const name = fileName
    .toWellFormed()
    .replace(/[\p{Cc}\u2028\u2029\u061C\u200E\u200F\u202A-\u202E\u2066-\u2069\uFEFF]/gu, "")
    .replace(/[/\\]/gu, "_")
    .trim();
  return /^\.*$/.test(name) ? "download" : name;
}

function shorten(name: string): string {
  const { stem, extension } = split(name);
  return cutToBytes(stem, maxFileNameBytes - extension.length) + extension;
}

// `%` goes as well: some clients decode it inside `filename`. Quotes and backslashes would need escapes that others misread.
function asciiName(name: string): string {
  const { stem, extension } = split(name);
  const plain = stem
    .normalize("NFKD")
    .replace(/\p{M}/gu, "")
    .replace(/[^\x20-\x7e]+|["\\%]/gu, "_");
  return (/^[_\s]*$/.test(plain) ? "download" : plain) + extension;
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
