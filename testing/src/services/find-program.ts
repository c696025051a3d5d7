import { accessSync, constants, readdirSync, statSync } from "node:fs";
import { basename, delimiter, dirname, join } from "node:path";

/**
 * The path of an executable file: in `places` first, then on PATH.
 * @param places folders; a `*` in a folder's name stands for any text, the highest version wins
 */
export function findProgram(name: string, places: readonly string[] = []): string | undefined {
  const onPath = (process.env["PATH"] ?? "").split(delimiter).filter((folder) => folder !== "");
  for (const folder of [...places.flatMap(expand), ...onPath]) {
    const program = join(folder, name);
    if (isExecutable(program)) return program;
  }
  return undefined;
}

function expand(place: string): string[] {
  const star = place.split("/").findIndex((part) => part.includes("*"));
  if (star === -1) return [place];
  const parts = place.split("/");
  const pattern = parts.slice(0, star + 1).join("/");
  const rest = parts.slice(star + 1).join("/");
  const [before = "", after = ""] = basename(pattern).split("*");
  const parent = dirname(pattern);
  return readNames(parent)
    .filter((name) => name.startsWith(before) && name.endsWith(after))
    .sort((a, b) => b.localeCompare(a, "en", { numeric: true }))
    .map((name) => join(parent, name, rest));
}

function readNames(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return statSync(file).isFile();
  } catch {
    return false;
  }
}
