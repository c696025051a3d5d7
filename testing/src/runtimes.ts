import { spawnSync } from "node:child_process";
import { globSync } from "node:fs";
import { delimiter, join } from "node:path";
import { fileURLToPath } from "node:url";

/** The other supported runtimes, and the oldest supported major version of each. */
const oldest = { deno: 2, node: 22 } as const;

const toolsFolder = fileURLToPath(new URL("../../.tools", import.meta.url));

/** Finds a runtime on PATH or in the tests' own tools; undefined when there is none that is new enough, or none of that major version. */
export function findRuntime(name: keyof typeof oldest, major?: number): string | undefined {
  const inPath = (process.env["PATH"] ?? "").split(delimiter).map((folder) => join(folder, name));
  const inTools = globSync(join(toolsFolder, `{,${name}/,${name}-*/}node_modules/{@deno/*,node*/bin}/${name}`));
  return [...inPath, ...inTools].find((program) => {
    const { stdout } = spawnSync(program, ["--version"], { encoding: "utf8", timeout: 10_000 });
    const found = Number(/\d+/.exec(stdout ?? "")?.[0] ?? 0);
    return major === undefined ? found >= oldest[name] : found === major;
  });
}
