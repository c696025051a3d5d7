/** What people copy along around a link, from chats, mails, Markdown and source code. */
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

// Zero-width marks come along from web pages and right-to-left texts.
const edges =
  /^[\s\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]+|[\s\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]+$/g;
const sentenceEnd = /[.,;:!…]+$/;
const markdown = /^!?\[[^\]]*\]\(\s*<?([^\s)>]+)>?(?:\s+["'(][^)]*)?\s*\)$/;
/** Brackets in quotes at the end of a sentence, and a few more. */
const mostLayers = 6;
const hostLike = /^(?:[\p{L}\p{N}_-]+\.)+[\p{L}\p{N}-]+\.?(?::\d{1,5})?(?=[/?#]|$)/u;

/**
 * The link in what somebody pasted: without blanks, brackets, quotes, Markdown and the end of a sentence around it, and
 * with `https://` where the scheme was left out. What is no link comes back as it is.
 */
export function pastedLink(text: string): string {
  let link = text.replace(edges, "");
  for (let layer = 0; layer < mostLayers; layer += 1) link = peel(link);
  // Copied out of HTML, and out of a shell that quotes what is pasted.
  link = link.replaceAll("&amp;", "&").replace(/\\(?=[?&=])/g, "");
  if (link.startsWith("//")) return `https:${link}`;
  return hostLike.test(link) ? `https://${link}` : link;
}

function peel(link: string): string {
  const target = markdown.exec(link)?.[1];
  if (target !== undefined) return target;
  for (const [open, close] of wrappers) {
    if (link.startsWith(open) && link.endsWith(close) && link.length > 1) return link.slice(1, -1).replace(edges, "");
    // A bracket or quote whose other half was not copied; inside a link they come in pairs.
    if (link.startsWith(open)) return link.slice(1).replace(edges, "");
    if (link.endsWith(close) && !link.slice(0, -1).includes(open)) return link.slice(0, -1).replace(edges, "");
  }
  return link.replace(sentenceEnd, "");
}
