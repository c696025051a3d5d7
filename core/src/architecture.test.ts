import { describe, expect, test } from "bun:test";
import { existsSync, readFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { Glob } from "bun";

const root = resolve(import.meta.dir, "../..");

interface Module {
  /** Path from the repository's root. */
  readonly path: string;
  readonly imports: readonly string[];
}

/** Every import of a module: static, re-exports and dynamic ones with a literal. `import type` counts too. */
function importsOf(source: string): string[] {
  const withoutComments = source.replace(/\/\*[\s\S]*?\*\//g, "").replace(/^\s*\/\/.*$/gm, "");
  const pattern =
    /(?:^|[\s;])(?:import|export)\s[^"';]*?from\s*"([^"]+)"|import\(\s*"([^"]+)"\s*\)|^\s*import\s*"([^"]+)"/gm;
  return [...withoutComments.matchAll(pattern)].map((match) => match[1] ?? match[2] ?? match[3] ?? "");
}

function modules(folder: string): Module[] {
  return [...new Glob("**/*.ts").scanSync({ cwd: join(root, folder) })]
    .filter((path) => !path.includes("node_modules") && !path.includes("dist/"))
    .map((path) => ({
      path: join(folder, path),
      imports: importsOf(readFileSync(join(root, folder, path), "utf8")),
    }));
}

const isTest = ({ path }: Module): boolean => path.endsWith(".test.ts");
const core = modules("core/src");
const product = [...core, ...["api", "worker", "sdk", "cli"].flatMap((name) => modules(`${name}/src`))].filter(
  (m) => !isTest(m),
);

const features = ["accounts", "jobs", "library", "maintenance", "pipeline", "sources"];
const pureFolders = [...features, "config", "errors", "runtime", "subtitles", "telemetry"];
const pureFiles = ["core/src/dependencies.ts", "core/src/model.ts"];
const isPurePath = (path: string): boolean =>
  pureFiles.includes(path) || pureFolders.some((folder) => path.startsWith(`core/src/${folder}/`));
const isPure = ({ path }: Module): boolean => isPurePath(path);

/** The file a relative import names, from the root; null for packages. */
const target = (module: Module, specifier: string): string | null =>
  specifier.startsWith(".") ? relative(root, resolve(root, dirname(module.path), specifier)) : null;

describe("the architecture", () => {
  test("sees the modules it is about", () => {
    expect(core.filter(isPure).length).toBeGreaterThan(40);
    expect(importsOf('import { a } from "x";\nexport * from "./y.ts";\nawait import("z");')).toEqual([
      "x",
      "./y.ts",
      "z",
    ]);
  });

  test("every relative import names a file that is there, with its extension", () => {
    const broken = product.flatMap((module) =>
      module.imports
        .map((specifier) => target(module, specifier))
        .filter((path): path is string => path !== null && !existsSync(join(root, path)))
        .map((path) => `${module.path} → ${path}`),
    );
    expect(broken).toEqual([]);
  });

  test("the pure part of core imports zod and its own files, nothing else", () => {
    const breaches = core
      .filter((module) => isPure(module) && !isTest(module))
      .flatMap((module) =>
        module.imports
          .filter((specifier) => {
            const path = target(module, specifier);
            if (path === null) return specifier !== "zod";
            return !isPurePath(path);
          })
          .map((specifier) => `${module.path} → ${specifier}`),
      );
    expect(breaches).toEqual([]);
  });

  test("only a composition names adapters", () => {
    const mayName = (path: string) =>
      path.startsWith("core/src/adapters/") ||
      path.startsWith("core/src/compose/") ||
      path.startsWith("core/src/testing/");
    const breaches = core
      .filter((module) => !isTest(module) && !mayName(module.path))
      .flatMap((module) =>
        module.imports
          .filter((specifier) => target(module, specifier)?.startsWith("core/src/adapters/"))
          .map((specifier) => `${module.path} → ${specifier}`),
      );
    expect(breaches).toEqual([]);
  });

  test("adapters import no maintenance, no composition and no dependencies of use cases", () => {
    const breaches = core
      .filter((module) => module.path.startsWith("core/src/adapters/") && !isTest(module))
      .flatMap((module) =>
        module.imports
          .filter((specifier) =>
            /^core\/src\/(maintenance\/|compose\/|dependencies\.ts)/.test(target(module, specifier) ?? ""),
          )
          .map((specifier) => `${module.path} → ${specifier}`),
      );
    expect(breaches).toEqual([]);
  });

  test("packages import each other in one direction only", () => {
    const allowed: Record<string, readonly string[]> = {
      core: [],
      sdk: [],
      api: ["core"],
      worker: ["core"],
      cli: ["api", "worker", "sdk", "core"],
    };
    const breaches = product.flatMap((module) => {
      const own = module.path.split("/")[0] ?? "";
      return module.imports
        .filter((specifier) => specifier.startsWith("@vidferry/"))
        .filter((specifier) => !(allowed[own] ?? []).includes(specifier.split("/")[1] ?? ""))
        .map((specifier) => `${module.path} → ${specifier}`);
    });
    expect(breaches).toEqual([]);
  });

  test("only main.ts reads the environment", () => {
    const readers = product
      .filter(
        ({ path }) =>
          !path.startsWith("core/src/testing/") && !path.endsWith("/main.ts") && path !== "cli/src/terminal.ts",
      )
      .filter(({ path }) => /process\.env|Bun\.env|Deno\.env/.test(readFileSync(join(root, path), "utf8")))
      .map(({ path }) => path);
    expect(readers).toEqual([]);
  });

  test("no module imports itself in a circle", () => {
    const graph = new Map(
      product.map((module) => [
        module.path,
        module.imports.map((specifier) => target(module, specifier)).filter((path) => path !== null),
      ]),
    );
    const done = new Set<string>();
    const circles: string[] = [];
    const visit = (path: string, trail: readonly string[]): void => {
      const at = trail.indexOf(path);
      if (at >= 0) {
        circles.push([...trail.slice(at), path].join(" → "));
        return;
      }
      if (done.has(path)) return;
      for (const next of graph.get(path) ?? []) visit(next, [...trail, path]);
      done.add(path);
    };
    for (const path of graph.keys()) visit(path, []);
    expect(circles).toEqual([]);
  });
});
