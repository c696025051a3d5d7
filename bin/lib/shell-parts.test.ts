import { expect, test } from "bun:test";
import { readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";

const root = resolve(import.meta.dir, "../..");
const programs = readdirSync(join(root, "bin"), { withFileTypes: true })
  .filter((entry) => entry.isFile())
  .map(({ name }) => `bin/${name}`);

/** A program's own text and that of every part that it sources. */
function textOf(path: string, seen = new Set<string>()): string {
  if (seen.has(path)) return "";
  seen.add(path);
  const text = readFileSync(join(root, path), "utf8").replaceAll(/^\s*#.*$/gm, "");
  const named = [...text.matchAll(/^\s*\. "\$root\/(bin\/lib\/[\w/-]+\.sh)"/gm)].map(([, part = ""]) => part);
  const listed = [...text.matchAll(/^for part in (.+); do$/gm)].flatMap(([, list = ""]) =>
    list.split(" ").map((part) => `bin/lib/${part}.sh`),
  );
  return [text, ...[...named, ...listed].map((part) => textOf(part, seen))].join("\n");
}

test("every program knows each variable that its parts use, which `set -u` would end it for", () => {
  const unknown = programs.flatMap((path) => {
    // Bun's own programs have variables in template strings.
    const text = textOf(path).replaceAll(/`[^`\n]*`/g, "");
    const given = new Set([
      ...[...text.matchAll(/\b([a-z_][a-z0-9_]*)=/g)].map(([, name]) => name),
      ...[...text.matchAll(/\bfor ([a-z_]+) in/g)].map(([, name]) => name),
      ...[...text.matchAll(/\bread -r ([a-z_ ]+)/g)].flatMap(([, names = ""]) => names.split(" ")),
    ]);
    const used = new Set(
      [...text.matchAll(/\$(?:([a-z_][a-z0-9_]*)|\{([a-z_][a-z0-9_]*)[}#%])/g)].map(([, a, b]) => a ?? b),
    );
    return [...used].filter((name) => !given.has(name)).map((name) => `${path} does not know $${name}`);
  });
  expect(programs.length).toBeGreaterThan(5);
  expect(unknown).toEqual([]);
});
