import { type ErrorCode, errorCodeNames } from "@vidferry/core";

/** Sections that explain a code: a heading with its name, and what follows up to the next heading. */
const section = /^### `(\w+)`\n([\s\S]*?)(?=^#{1,3} |$(?![\s\S]))/gm;

/**
 * The module that the page `/docs/errors` is made from: the section of each code in `docs/troubleshooting.md`, as HTML. Codes
 * become links to their own sections. The other pages are not served, so links to them become their names.
 */
export function errorGuideModule(markdown: string): string {
  const sections = [...markdown.matchAll(section)].flatMap(([, name, text = ""]) =>
    errorCodeNames.filter((code) => code === name).map((code) => [code, toHtml(code, text.trim())] as const),
  );
  return `// Generated from docs/troubleshooting.md by \`bun api/scripts/write-error-guide.ts\`; a test compares them.
import type { ErrorCode } from "@vidferry/core";

/** What to do about each code, as HTML. */
export const errorGuide: Readonly<Partial<Record<ErrorCode, string>>> = ${JSON.stringify(Object.fromEntries(sections), null, 2)};
`;
}

function toHtml(own: ErrorCode, text: string): string {
  return Bun.markdown
    .html(text, { noHtmlBlocks: true, noHtmlSpans: true })
    .replaceAll(/<a href="(?!https?:)([^"#]*)[^"]*">(.*?)<\/a>/g, (_, page: string, words: string) =>
      page === "" ? words : `${words} (docs/${page})`,
    )
    .replaceAll(/<code>(\w+)<\/code>/g, (whole, name: string) =>
      name !== own && errorCodeNames.some((code) => code === name) ? `<a href="#${name}">${whole}</a>` : whole,
    )
    .replaceAll("<table>", '<div class="wide"><table>')
    .replaceAll("</table>", "</table></div>")
    .trim();
}
