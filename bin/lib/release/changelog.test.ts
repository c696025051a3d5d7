import { expect, test } from "bun:test";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parseChangeset, releaseChangelog } from "./changelog.ts";

const root = join(import.meta.dir, "../../..");
const read = (path: string): string => readFileSync(join(root, path), "utf8");

const before = `# Changelog

About.

## Unreleased

### Fixed: data that was lost
- One.

### Added
- Two.

## 0.1.0 (2026-01-01)

### Added
- Zero.
`;

test("entries go under their sections, new sections into their place, and the version takes over what was unreleased", () => {
  const entries = [
    { section: "Security", text: "Three." },
    { section: "Fixed", text: `Four ${"word ".repeat(40).trim()}.` },
    { section: "Before you upgrade", text: "Five." },
  ] as const;
  const after = releaseChangelog(before, entries, "0.2.0", "2026-12-01");
  expect(after).toStartWith(
    "# Changelog\n\nAbout.\n\n## Unreleased\n\n## 0.2.0 (2026-12-01)\n\n### Before you upgrade\n- Five.\n",
  );
  expect(after).toContain("### Fixed: data that was lost\n- One.\n- Four word");
  expect(after).toMatch(
    /\n\n### Security\n- Three\.\n\n### Added\n- Two\.\n\n## 0\.1\.0 \(2026-01-01\)\n\n### Added\n- Zero\.\n$/,
  );
  for (const line of after.split("\n")) expect(line.length).toBeLessThanOrEqual(124);
});

test("a changeset is read with its section; one without is refused by its name", () => {
  const text = '---\n"@vidferry/core": patch\n---\n\nChanged for adapters and embedders: a port\nis two.\n';
  expect(parseChangeset("a.md", text)).toEqual({
    section: "Changed for adapters and embedders",
    text: "A port is two.",
  });
  expect(() => parseChangeset("b.md", '---\n"@vidferry/core": patch\n---\n\nSomething.\n')).toThrow(
    "b.md does not begin",
  );
});

test("every changeset that waits can be released", () => {
  for (const name of readdirSync(join(root, ".changeset"))) {
    if (name.endsWith(".md") && name !== "README.md") parseChangeset(name, read(`.changeset/${name}`));
  }
});

test("all packages, the API's description and the clone itself have one version", () => {
  const names = ["core", "testing", "sdk", "web", "api", "worker", "cli"];
  const manifests = names.map((name) => `${name}/package.json`).filter((path) => existsSync(join(root, path)));
  const versions = ["package.json", ...manifests].map(
    (path) => (JSON.parse(read(path)) as { version: string }).version,
  );
  versions.push((JSON.parse(read("sdk/openapi.json")) as { info: { version: string } }).info.version);
  expect(versions).toEqual(versions.map(() => versions[0] ?? ""));
});
