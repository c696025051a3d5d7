import { describe, expect, test } from "bun:test";
import { existsSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { type Module, readModules } from "../../bin/lib/architecture/read-modules.ts";

const root = resolve(import.meta.dir, "../..");
const page = readFileSync(join(root, "docs/architecture.md"), "utf8");

/** The edges of the graph under its mark, as `from → to`. */
function drawn(name: string): string[] {
  const graph = page.split(`<!-- graph: ${name} -->`)[1]?.split("```")[1] ?? "";
  return [...graph.matchAll(/^ {2}(\w+) --> (\w+)$/gm)].map(([, from, to]) => `${from} → ${to}`).toSorted();
}

const edges = (modules: readonly Module[], ends: (module: Module) => (string | undefined)[]): string[] =>
  [...new Set(modules.flatMap(ends).filter((edge) => edge !== undefined))].toSorted();

describe("docs/architecture.md", () => {
  test("draws which package imports which", () => {
    const packages = ["core", "testing", "sdk", "web", "api", "worker", "cli"];
    const modules = packages
      .flatMap((name) => readModules(root, `${name}/src`))
      .filter(({ path }) => !path.includes("/src/testing/"));
    const real = edges(modules, ({ path, imports }) =>
      imports.map(({ specifier }) => {
        const [, to] = /^@vidferry\/(\w+)/.exec(specifier) ?? [];
        return to && `${path.split("/")[0]} → ${to}`;
      }),
    );
    expect(drawn("packages")).toEqual(real);
  });

  test("draws which feature of the core imports which", () => {
    const features = drawn("core").flatMap((edge) => edge.split(" → "));
    const featureOf = (path: string | null) => features.find((name) => path?.startsWith(`core/src/${name}/`));
    const real = edges(readModules(root, "core/src"), (module) => {
      const from = featureOf(module.path);
      return module.imports.map(({ path }) => {
        const to = featureOf(path);
        return from && to && from !== to ? `${from} → ${to}` : undefined;
      });
    });
    expect(drawn("core")).toEqual(real);
  });

  test("names folders and files that are there", () => {
    const named = [...page.matchAll(/`((?:api|bench|bin|cli|core|docs|infra|sdk|testing|web|worker)\/[\w./-]+)`/g)];
    expect(named.length).toBeGreaterThan(30);
    expect(named.flatMap(([, path = ""]) => (existsSync(join(root, path)) ? [] : [path]))).toEqual([]);
  });
});
