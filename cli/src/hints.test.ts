import { describe, expect, test } from "bun:test";
import { existsSync, readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { errorCodeNames, variables } from "@vidferry/core";
import { Glob } from "bun";
import { commandTree, everyCommand } from "./command-line/command-line.ts";
import { withReference } from "./reference/reference-page.ts";

const root = fileURLToPath(new URL("../../", import.meta.url));

function filesIn(folder: string, isWanted: (name: string) => boolean): string[] {
  // Follows no links: the packages in `node_modules` link to one another in circles.
  return [...new Glob("**/*").scanSync({ cwd: join(root, folder) })]
    .map((name) => join(root, folder, name))
    .filter((path) => !path.includes("node_modules") && isWanted(path));
}
const read = (path: string): string => readFileSync(path, "utf8");

const sources = ["core/src", "api/src", "worker/src", "cli/src"].flatMap((folder) =>
  filesIn(folder, (path) => path.endsWith(".ts") && !path.endsWith(".test.ts") && !path.includes("/testing/")),
);
const pages = [
  join(root, "README.md"),
  join(root, "CONTRIBUTING.md"),
  ...filesIn("docs", (path) => path.endsWith(".md") && !path.includes("/adr/")),
  ...filesIn("infra", (path) => path.endsWith(".md")),
  ...filesIn("examples", (path) => path.endsWith(".md")),
];

/** Every piece of code that somebody is told to type: in backticks and code blocks of the pages, in backticks of the sources. */
function snippets(): { where: string; code: string }[] {
  return [...pages, ...sources].flatMap((path) =>
    [...read(path).matchAll(/```[a-z]*\n([\s\S]*?)```|`([^`\n]+)`/g)].flatMap(([, block, inline = ""]) =>
      (block ?? inline).split("\n").map((code) => ({ where: relative(root, path), code })),
    ),
  );
}

const defined = commandTree(async () => undefined);
const commands = new Set(defined.commands.map((command) => command.name()));
const options = new Set(everyCommand(defined).flatMap((command) => command.options.map(({ long }) => long)));
const isOption = (name: string): boolean => name === "help" || options.has(`--${name}`);

/** Where names are real that are not settings of the service: of the images, of compose, of the set-up, of the examples. */
const deployment = [
  ...["docker-compose.yml", "Dockerfile.api", "Dockerfile.worker"].map((name) => join(root, name)),
  ...filesIn("infra", (path) => !path.endsWith(".md") && !path.endsWith(".test.ts")),
  ...filesIn("bin", (path) => !path.endsWith(".test.ts")),
  ...filesIn("examples", (path) => /\.[jt]s$/.test(path)),
]
  .map(read)
  .join("\n");

describe("what hints, help and pages tell somebody to use is there", () => {
  test("every command, and every option of one", () => {
    const told = snippets().flatMap(({ where, code }) =>
      [...code.matchAll(/(?:^|[\s/$])vidferry ([a-z]+)((?: +[^\s&|;#]+)*)/g)].map(([, command = "", rest = ""]) => ({
        where,
        command,
        options: [...rest.matchAll(/(?<=\s)--([a-z][a-z-]*)/g)].map(([, name = ""]) => name),
      })),
    );
    expect(told.length).toBeGreaterThan(20);
    for (const { where, command, options } of told) {
      expect([where, command, commands.has(command)]).toEqual([where, command, true]);
      for (const option of options)
        expect([where, command, option, isOption(option)]).toEqual([where, command, option, true]);
    }
  });

  test("every command has its place in docs/cli.md, as it is now: bun cli/scripts/write-reference.ts", () => {
    const page = read(join(root, "docs/cli.md"));
    expect(withReference(page, defined)).toBe(page);
  });

  test("every variable", () => {
    const isReal = (name: string): boolean =>
      // The standard ones of the libraries that read them.
      name in variables ||
      /^(?:AWS_[A-Z_]+|OTEL_[A-Z_]+|NO_COLOR|XDG_CONFIG_HOME|VIDFERRY_MCP_KEY)$/.test(name) ||
      // What the client reads where it gets no options.
      new RegExp(`environment\\("${name}"\\)`).test(
        read(join(root, "sdk/src/settings.ts")) + read(join(root, "sdk/src/webhooks.ts")),
      ) ||
      new RegExp(`\\b${name}\\b`).test(deployment);
    const hints = sources.flatMap((path) =>
      [...read(path).matchAll(/\b(?:hint|fix|about)\b[^"`\n]*["`]([^"\n]+)/g)].map(([, code = ""]) => ({
        where: relative(root, path),
        code,
      })),
    );
    const told = [...snippets().filter(({ where }) => where.endsWith(".md")), ...hints].flatMap(({ where, code }) =>
      [...code.matchAll(/(?<![\w.])[A-Z]{2,}(?:_[A-Z]+)+(?![\w(])/g)].map(([name]) => ({ where, name })),
    );
    expect(told.length).toBeGreaterThan(50);
    for (const { where, name } of told) expect([where, name, isReal(name)]).toEqual([where, name, true]);
  });

  test("every page and section that a link leads to", () => {
    const anchorsOf = (page: string): string[] =>
      [...page.matchAll(/^#+ +(.*)$/gm)].map(([, title = ""]) =>
        title
          .toLowerCase()
          .replaceAll(/[^\p{L}\p{N}\s_-]/gu, "")
          .trim()
          .replaceAll(/\s/g, "-"),
      );
    for (const path of pages) {
      for (const [, link = ""] of read(path).matchAll(/\]\(([^)\s]+)\)/g)) {
        if (/^[a-z]+:/.test(link)) continue;
        const [target = "", anchor] = link.split("#");
        const file = target === "" ? path : join(dirname(path), target);
        expect([relative(root, path), link, existsSync(file)]).toEqual([relative(root, path), link, true]);
        if (anchor !== undefined)
          expect([link, anchorsOf(read(file))]).toEqual([link, expect.arrayContaining([anchor])]);
      }
    }
    for (const path of sources) {
      for (const [page] of read(path).matchAll(/\bdocs\/[\w-]+\.md/g))
        expect([relative(root, path), page, existsSync(join(root, page))]).toEqual([relative(root, path), page, true]);
    }
    const sections = anchorsOf(read(join(root, "docs/troubleshooting.md")));
    for (const code of errorCodeNames) expect(sections).toContain(code);
  });
});
