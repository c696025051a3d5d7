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

/** Tags that subtitle formats have. Everything else in angle brackets is text: `<y and z>`. */
const tags = [
  // WebVTT: classes, and after a space the voice or the language.
  /<\/?(?:c|b|i|u|ruby|rt|v|lang)(?:\.[^<>\s]*)?>/.source,
  /<(?:v|lang)(?:\.[^<>\s]*)?[ \t][^<>\n]*>/.source,
  // Times of words.
  /<(?:\d+:)?\d\d:\d\d[.,]\d+>/.source,
  // SubRip, and what its writers took from HTML: attributes have values.
  /<\/?(?:s|em|strong|font|span|p|div|center|small|big|sub|sup|tt|a)(?:[ \t][^<>=\n]*=[^<>\n]*)?\/?>/.source,
];
const tag = new RegExp(tags.join("|"), "gi");

/**
 * The text of a caption without its markup: the tags of subtitle formats (`<i>`, `<c.yellow>`, `<00:00:01.000>`), override blocks
 * of ASS (`{\an8}`), entities and control characters go; lines are trimmed, empty ones dropped.
 * Entities are decoded once, so an escaped `&amp;lt;` stays the text `&lt;`.
 */
export function plainText(markup: string): string {
  const words = markup
    .replace(/<br[ \t]?\/?>/gi, "\n")
    .replace(tag, "")
    .replace(/\{\\[^{}\n]*\}/g, "")
    .replace(/&(#x[\da-f]{1,6}|#\d{1,7}|[a-z]{2,6});/gi, (whole, name: string) => entity(name) ?? whole);
  return cleanLines(words).join("\n");
}

/**
 * Characters that are not seen: control characters, spaces of no width, marks of byte order. Joiners and marks of direction stay,
 * since they change how a text looks.
 */
const unseen =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is removed
  /[\u0000-\u0008\u000e-\u001f\u007f-\u0084\u0086-\u009f\u00ad\u180e\u200b\u2060-\u2064\ufeff\ufff9-\ufffb]/g;

/** The non-empty lines of a plain text, trimmed, without what is not seen. */
export function cleanLines(text: string): string[] {
  return text
    .split(/\r\n|[\n\r\u0085\u2028\u2029\v\f]/)
    .map((line) =>
      line
        .replace(unseen, "")
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
