import { describe, expect, test } from "bun:test";
import { existsSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import ts from "typescript";
import { areas, clockedParts, environmentReaders, pureAreas, unclocked } from "../../bin/lib/architecture/areas.ts";
import { findBreaches, findCycles } from "../../bin/lib/architecture/breaches.ts";
import { type Module, readModules } from "../../bin/lib/architecture/read-modules.ts";

const root = resolve(import.meta.dir, "../..");
const packages = ["core", "testing", "sdk", "web", "api", "worker", "cli"];
const modules = packages
  .filter((name) => existsSync(join(root, name, "src")))
  .flatMap((name) => readModules(root, `${name}/src`));

describe("the architecture", () => {
  test("sees the modules it is about", () => {
    expect(modules.filter(({ path }) => path.startsWith("core/src/jobs/")).length).toBeGreaterThan(10);
    expect(modules.flatMap(({ imports }) => imports).length).toBeGreaterThan(1_000);
  });

  test("every module imports what its area may, as bin/lib/architecture/areas.ts says", () => {
    expect(findBreaches(modules, areas)).toEqual([]);
  });

  test("the pure part of core is compiled without the types of any runtime", () => {
    const path = join(root, "core/tsconfig.json");
    const { config } = ts.parseConfigFileTextToJson(path, readFileSync(path, "utf8")) as {
      config: { compilerOptions: { types: string[] }; include: string[] };
    };
    expect(config.compilerOptions.types).toEqual([]);
    expect(config.include.map((name) => `core/${name}`).toSorted()).toEqual(
      pureAreas.map(({ path }) => path).toSorted(),
    );
  });

  test("only a main.ts reads the environment", () => {
    const readers = modules
      .filter(({ path }) => !environmentReaders.some((allowed) => allowed.test(path)))
      .flatMap(({ path, environmentReads }) => environmentReads.map((line) => `${path}:${line}`));
    expect(readers).toEqual([]);
  });

  test("outside adapters the time comes from the clock port or the database", () => {
    const isClocked = (path: string) => clockedParts.some((part) => path === part || path.startsWith(`${part}/`));
    const readers = modules
      .filter(({ path }) => isClocked(path) && !unclocked.includes(path))
      .flatMap(({ path, timeReads }) => timeReads.map((line) => `${path}:${line}`));
    expect(readers).toEqual([]);
  });

  test("no module imports itself in a circle", () => {
    expect(findCycles(modules)).toEqual([]);
  });
});

const page = readFileSync(join(root, "docs/architecture.md"), "utf8");

/** The edges of the graph under its mark, as `from → to`. */
function drawn(name: string): string[] {
  const graph = page.split(`<!-- graph: ${name} -->`)[1]?.split("```")[1] ?? "";
  return [...graph.matchAll(/^ {2}(\w+) --> (\w+)$/gm)].map(([, from, to]) => `${from} → ${to}`).toSorted();
}

const edges = (ends: (module: Module) => (string | undefined)[]): string[] =>
  [...new Set(modules.flatMap(ends).filter((edge) => edge !== undefined))].toSorted();

describe("docs/architecture.md", () => {
  test("draws which package imports which", () => {
    const real = edges(({ path, imports }) =>
      imports.map(({ specifier }) => {
        const [, to] = /^@vidferry\/(\w+)/.exec(specifier) ?? [];
        return path.includes("/src/testing/") ? undefined : to && `${path.split("/")[0]} → ${to}`;
      }),
    );
    expect(drawn("packages")).toEqual(real);
  });

  test("draws which feature of the core imports which", () => {
    const features = drawn("core").flatMap((edge) => edge.split(" → "));
    const featureOf = (path: string | null) => features.find((name) => path?.startsWith(`core/src/${name}/`));
    const real = edges(({ path, imports }) => {
      const from = featureOf(path);
      return imports.map((imported) => {
        const to = featureOf(imported.path);
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
