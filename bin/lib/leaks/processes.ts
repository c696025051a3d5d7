import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import { join } from "node:path";

/**
 * The running descendants of this process, and orphaned processes whose working directory, command line or environment names the
 * folder: command lines by process id. Empty where there is no `/proc`.
 */
export function processesOf(folder: string): Map<number, string> {
  const parents = new Map<number, number>();
  for (const name of list("/proc")) {
    const pid = Number(name);
    if (!Number.isInteger(pid)) continue;
    // The name in brackets may hold anything, also brackets.
    const stat = read(pid, "stat");
    const [state = "", parent = ""] = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    // A zombie holds no resources.
    if (stat !== "" && !"ZX".includes(state)) parents.set(pid, Number(parent));
  }
  const found = new Map<number, string>();
  for (const pid of parents.keys()) {
    if (pid === process.pid) continue;
    if (descends(pid, parents) || mentions(pid, folder)) found.set(pid, describe(pid));
  }
  return found;
}

function descends(pid: number, parents: ReadonlyMap<number, number>): boolean {
  for (let at: number | undefined = pid; at !== undefined && at > 1; at = parents.get(at)) {
    if (parents.get(at) === process.pid) return true;
  }
  return false;
}

function mentions(pid: number, folder: string): boolean {
  if (read(pid, "cmdline").includes(folder) || read(pid, "environ").includes(folder)) return true;
  try {
    return readlinkSync(`/proc/${pid}/cwd`).startsWith(folder);
  } catch {
    return false;
  }
}

function describe(pid: number): string {
  return read(pid, "cmdline").replaceAll("\0", " ").trim().slice(0, 300);
}

function list(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

function read(pid: number, file: string): string {
  try {
    return readFileSync(join("/proc", String(pid), file), "latin1");
  } catch {
    return "";
  }
}
