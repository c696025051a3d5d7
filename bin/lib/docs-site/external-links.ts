import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Glob } from "bun";

/** A link to somewhere else, and where it stands. */
export interface ExternalLink {
  readonly url: string;
  readonly pages: readonly string[];
}

/** Pages that somebody reads: not what others have written. */
const read = ["*.md", "docs/**/*.md", "infra/**/*.md", "examples/**/*.md"];

/** Every address that a page links to, in alphabetical order. Addresses in code are examples, and not among them. */
export function externalLinks(root: string): readonly ExternalLink[] {
  const found = new Map<string, Set<string>>();
  for (const pattern of read) {
    for (const page of new Glob(pattern).scanSync({ cwd: root })) {
      if (page.includes("node_modules")) continue;
      const text = readFileSync(join(root, page), "utf8").replaceAll(/```[\s\S]*?```|`[^`\n]*`/g, "");
      for (const [, inline, plain, named] of text.matchAll(
        /\]\((\w+:[^)\s]*)|<(https?:[^>\s]*)>|^\[[^\]]+\]: *(\w+:\S*)/gm,
      )) {
        const url = inline ?? plain ?? named ?? "";
        found.set(url, (found.get(url) ?? new Set()).add(page));
      }
    }
  }
  return [...found].sort(([a], [b]) => (a < b ? -1 : 1)).map(([url, pages]) => ({ url, pages: [...pages].sort() }));
}

/** What is wrong with an address as it is written; null: nothing that can be told without asking. */
export function faultOf(text: string): string | null {
  if (/^mailto:[^@\s]+@[^@\s]+\.[a-z]+$/.test(text)) return null;
  if (!URL.canParse(text)) return "is no address";
  const url = new URL(text);
  if (url.protocol !== "https:") return "does not begin with https:";
  if (url.username !== "" || url.password !== "") return "holds credentials";
  if (!/^(?:[a-z0-9-]+\.)+[a-z]{2,}$/.test(url.hostname)) return "names no public host";
  if (/(?:^|\.)example(?:\.(?:com|net|org))?$/.test(url.hostname)) return "leads to a host that is an example";
  if (/[.,;:'"]$/.test(text)) return "ends with punctuation";
  // A branch moves on, and its lines with it.
  if (url.hostname === "github.com" && /^#L\d/.test(url.hash) && !/\/blob\/[0-9a-f]{40}\//.test(url.pathname))
    return "names a line of a branch";
  return null;
}

/** Asks whether something is there; null: it is. What refuses programs is not taken for gone. */
export async function absenceAt(url: string): Promise<string | null> {
  try {
    const answer = await fetch(url, { signal: AbortSignal.timeout(20_000), redirect: "follow" });
    await answer.body?.cancel();
    return answer.status === 404 || answer.status === 410 ? `answers ${answer.status}` : null;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
