const inText = /https?:\/\/[^\s<>"]+/gi;
/** As people type them: `youtu.be/…`, without a scheme. */
const bare = /^(?:[\w-]+\.)+[a-z]{2,}\/\S+$/i;

/** The links in a text that was pasted, dropped or shared, each once. */
export function linksIn(text: string): string[] {
  const links = text.match(inText) ?? text.split(/\s+/).filter((word) => bare.test(word));
  return [...new Set(links.map((link) => link.replace(/[),.;:!?\]]+$/, "")))];
}
