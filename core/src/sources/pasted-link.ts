/** Quotes and brackets around links copied from chats, mails, Markdown and source code. */
const wrappers: readonly (readonly [open: string, close: string])[] = [
  ["<", ">"],
  ["(", ")"],
  ["[", "]"],
  ["{", "}"],
  ['"', '"'],
  ["'", "'"],
  ["`", "`"],
  ["“", "”"],
  ["„", "“"],
  ["‘", "’"],
  ["«", "»"],
];

// Text copied from web pages or right-to-left text contains zero-width characters.
const edges =
  /^[\s\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]+|[\s\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]+$/g;
/** Begins and ends with what nothing is around of: a link that was sent as it is. */
const bare = /^[a-z0-9].*[a-z0-9/=_-]$/i;
const sentenceEnd = /[.,;:!…]+$/;
const markdown = /^!?\[[^\]]*\]\(\s*<?([^\s)>]+)>?(?:\s+["'(][^)]*)?\s*\)$/;
/** Enough for nested brackets and quotes at the end of a sentence. */
const mostLayers = 6;
const hostLike = /^(?:[\p{L}\p{N}_-]+\.)+[\p{L}\p{N}-]+\.?(?::\d{1,5})?(?=[/?#]|$)/u;

/**
 * Extracts the link from pasted text: removes surrounding blanks, brackets, quotes, Markdown and punctuation, and adds
 * `https://` where the scheme is missing. Text that is no link is returned as it is.
 */
export function pastedLink(text: string): string {
  let link = bare.test(text) ? text : peelAll(text.replace(edges, ""));
  // Escapes of HTML, and of shells that escape pasted text.
  link = link.replaceAll("&amp;", "&").replace(/\\(?=[?&=])/g, "");
  if (/^https?:\/\//i.test(link)) return link;
  if (link.startsWith("//")) return `https:${link}`;
  return hostLike.test(link) ? `https://${link}` : link;
}

function peelAll(text: string): string {
  let link = text;
  for (let layer = 0; layer < mostLayers; layer += 1) {
    const inner = peel(link);
    if (inner === link) break;
    link = inner;
  }
  return link;
}

function peel(link: string): string {
  const target = markdown.exec(link)?.[1];
  if (target !== undefined) return target;
  for (const [open, close] of wrappers) {
    if (link.startsWith(open) && link.endsWith(close) && link.length > 1) return link.slice(1, -1).replace(edges, "");
    // An unpaired bracket or quote at one end; inside a link they come in pairs.
    if (link.startsWith(open)) return link.slice(1).replace(edges, "");
    if (link.endsWith(close) && !link.slice(0, -1).includes(open)) return link.slice(0, -1).replace(edges, "");
  }
  return link.replace(sentenceEnd, "");
}
