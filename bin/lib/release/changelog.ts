/** The sections of a release, in their order. A changeset's text begins with one of them and a colon. */
const sections = [
  "Before you upgrade",
  "Fixed",
  "Security",
  "Added",
  "Changed",
  "Changed for adapters and embedders",
] as const;

type Section = (typeof sections)[number];

/** What a changeset adds to the changelog. */
export interface Entry {
  readonly section: Section;
  readonly text: string;
}

const lineLength = 124;

/**
 * Reads the text of a changeset file: its front matter, then `Section: sentence`.
 * @throws Error that names the file when the text begins with no known section.
 */
export function parseChangeset(file: string, source: string): Entry {
  const text = source.replace(/^---\n[\s\S]*?\n---\n/, "").trim();
  // The longest first: one section's name begins with another's.
  const section = sections.toSorted((a, b) => b.length - a.length).find((name) => text.startsWith(`${name}: `));
  if (section === undefined) {
    throw new Error(`${file} does not begin with a section of the changelog and a colon: ${sections.join(", ")}`);
  }
  const sentence = text.slice(section.length + 2).replace(/\s+/g, " ");
  return { section, text: sentence.charAt(0).toUpperCase() + sentence.slice(1) };
}

/**
 * Puts the entries under their sections of `## Unreleased`, makes that the section of this version, and opens a new one.
 * A section's heading may say more than its name (`### Fixed: data that was lost`); the first one that begins with it counts.
 */
export function releaseChangelog(changelog: string, entries: readonly Entry[], version: string, date: string): string {
  const start = changelog.indexOf("## Unreleased\n");
  if (start < 0) throw new Error("CHANGELOG.md has no section `## Unreleased`");
  const end = changelog.indexOf("\n## ", start + 1);
  const body = changelog.slice(start + "## Unreleased\n".length, end < 0 ? undefined : end + 1).trim();
  const parts = body === "" ? [] : body.split(/\n+(?=### )/);
  for (const { section, text } of entries) {
    const line = wrap(text);
    const isOf = (part: string, name: string): boolean => part.split("\n")[0]?.split(":")[0] === `### ${name}`;
    const at = parts.findIndex((part) => isOf(part, section));
    if (at >= 0) parts[at] = `${parts[at]}\n${line}`;
    else {
      const later: readonly string[] = sections.slice(sections.indexOf(section) + 1);
      const before = parts.findIndex((part) => later.some((name) => isOf(part, name)));
      parts.splice(before < 0 ? parts.length : before, 0, `### ${section}\n${line}`);
    }
  }
  const released = [`## ${version} (${date})`, ...parts].join("\n\n");
  const rest = end < 0 ? "" : `\n${changelog.slice(end + 1)}`;
  return `${changelog.slice(0, start)}## Unreleased\n\n${released}\n${rest}`;
}

function wrap(text: string): string {
  const lines: string[] = [];
  let line = "-";
  for (const word of text.split(" ")) {
    if (line.length + word.length + 1 > lineLength) {
      lines.push(line);
      line = " ";
    }
    line += ` ${word}`;
  }
  return [...lines, line].join("\n");
}
