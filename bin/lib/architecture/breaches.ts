import type { Area } from "./areas.ts";
import type { Module, ModuleImport } from "./read-modules.ts";

/** Imports that their area does not allow, each as a line with its location. */
export function findBreaches(modules: readonly Module[], areas: readonly Area[]): string[] {
  const paths = new Set(modules.map(({ path }) => path));
  return modules.flatMap((module) => {
    const area = areaOf(module.path, areas);
    if (area === undefined) return [`${module.path} is in no area of bin/lib/architecture/areas.ts`];
    return module.imports
      .filter((imported) => !isAllowed(imported, area, paths))
      .map(({ specifier, line }) => `${module.path}:${line} → ${specifier}`);
  });
}

function areaOf(path: string, areas: readonly Area[]): Area | undefined {
  const candidates = areas.filter((area) => isIn(path, area.path));
  return candidates.sort((a, b) => b.path.length - a.path.length)[0];
}

const isIn = (path: string, area: string): boolean => path === area || path.startsWith(`${area}/`);

function isAllowed({ specifier, path }: ModuleImport, area: Area, paths: ReadonlySet<string>): boolean {
  if (path !== null) {
    // Data files (JSON) are not modules.
    if (path.endsWith(".ts") && !paths.has(path)) return false;
    return [area.path, ...area.mayImport].some((allowed) => isIn(path, allowed));
  }
  return area.packages.some((allowed) => {
    if (allowed === "*") return !specifier.startsWith("@vidferry/");
    if (allowed.endsWith("*")) return specifier.startsWith(allowed.slice(0, -1));
    return specifier === allowed || specifier.startsWith(`${allowed}/`);
  });
}

/** Import cycles, each as the path of modules. */
export function findCycles(modules: readonly Module[]): string[] {
  const graph = new Map(modules.map((module) => [module.path, module.imports.map(({ path }) => path)]));
  const done = new Set<string>();
  const cycles: string[] = [];
  const visit = (path: string, trail: readonly string[]): void => {
    const at = trail.indexOf(path);
    if (at >= 0) {
      cycles.push([...trail.slice(at), path].join(" → "));
      return;
    }
    if (done.has(path)) return;
    for (const next of graph.get(path) ?? []) if (next !== null) visit(next, [...trail, path]);
    done.add(path);
  };
  for (const path of graph.keys()) visit(path, []);
  return cycles;
}
