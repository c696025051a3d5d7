const named: Readonly<Record<string, string>> = {
  amp: "&",
  lt: "<",
  gt: ">",
  quot: '"',
  apos: "'",
  nbsp: " ",
  lrm: "\u200e",
  rlm: "\u200f",
};

/**
 * The text of a caption without its markup: tags (`<i>`, `<c.yellow>`, `<00:00:01.000>`), override blocks of ASS
 * (`{\an8}`), entities and control characters go; lines are trimmed, empty ones dropped.
 * Entities are decoded once, so an escaped `&amp;lt;` stays the text `&lt;`.
 */
export function plainText(markup: string): string {
  const words = markup
    .replace(/<\/?[\p{L}\d][^<>\n]*>/gu, "")
    .replace(/\{\\[^{}\n]*\}/g, "")
    .replace(/&(#x[\da-f]{1,6}|#\d{1,7}|[a-z]{2,6});/gi, (whole, name: string) => entity(name) ?? whole);
  return cleanLines(words).join("\n");
}

/** The non-empty lines of a plain text, trimmed, without control characters. */
export function cleanLines(text: string): string[] {
  return text
    .split(/\r\n|[\n\r\u2028\u2029\v\f]/)
    .map((line) =>
      line
        // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is removed
        .replace(/[\u0000-\u0008\u000e-\u001f\u007f\ufeff]/g, "")
        .replace(/[^\S\u200e\u200f]+/g, " ")
        .trim(),
    )
    .filter((line) => line !== "");
}

function entity(name: string): string | undefined {
  if (!name.startsWith("#")) return named[name.toLowerCase()];
  const code = /^#x/i.test(name) ? Number.parseInt(name.slice(2), 16) : Number.parseInt(name.slice(1), 10);
  // Halves of surrogate pairs and numbers beyond Unicode name no character.
  if (code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff)) return undefined;
  return String.fromCodePoint(code);
}
