import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import { join } from "node:path";

/** The ids of all processes of this machine. Empty where there is no `/proc`. */
export function processIds(): Set<number> {
  return new Set(list("/proc").map(Number).filter(Number.isInteger));
}

/**
 * The running descendants of this process, and orphaned processes whose working directory, command line or environment names the
 * folder: command lines by process id. Those that ran before are left out; most of a machine's did, and to read what each is costs
 * more than many a test.
 */
export function processesOf(folder: string, before: ReadonlySet<number>): Map<number, string> {
  const found = new Map<number, string>();
  for (const pid of processIds()) {
    if (before.has(pid) || pid === process.pid || !runs(pid)) continue;
    if (descends(pid) || mentions(pid, folder)) found.set(pid, describe(pid));
  }
  return found;
}

/** Ends every process whose working directory, command line or environment names the folder, whoever started it. */
export function endProcessesNaming(folder: string): void {
  for (const pid of processIds()) if (pid !== process.pid && runs(pid) && mentions(pid, folder)) endProcess(pid);
}

/** Kills a process; one that has exited by itself is as good. */
export function endProcess(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch {
    // It has exited by itself.
  }
}

/** Whether it has not ended; a zombie holds no resources. */
function runs(pid: number): boolean {
  const { state } = statusOf(pid);
  return state !== undefined && !"ZX".includes(state);
}

function descends(pid: number): boolean {
  for (let at: number | undefined = pid; at !== undefined && at > 1; at = statusOf(at).parent) {
    if (statusOf(at).parent === process.pid) return true;
  }
  return false;
}

function statusOf(pid: number): { readonly state?: string; readonly parent?: number } {
  const stat = read(pid, "stat");
  if (stat === "") return {};
  // The name in brackets may hold anything, also brackets.
  const [state = "", parent] = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return { state, parent: Number(parent) };
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
