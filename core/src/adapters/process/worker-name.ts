import { readFileSync } from "node:fs";
import { hostname } from "node:os";

/** This machine's name, under which leases and work folders are kept. */
export function hostName(): string {
  return hostname();
}

/** A name for a worker in this process: host, process id, when the process started, and a part that tells pools apart. */
export function nameWorker(pool: string): string {
  return [hostName(), process.pid, startOf(process.pid) ?? "unknown", pool].join("/");
}

/**
 * Whether the worker of this name certainly does not run any more. Only workers of this machine can be told; others,
 * and those whose start cannot be read, count as alive until their lease runs out.
 */
export function isWorkerGone(name: string): boolean {
  const [host, pid, start] = name.split("/");
  if (host !== hostName() || pid === undefined || !/^\d+$/.test(pid)) return false;
  try {
    process.kill(Number(pid), 0);
  } catch (error) {
    return error instanceof Error && "code" in error && error.code === "ESRCH";
  }
  // The id is in use: by the same process, or by one that got it later.
  const now = startOf(Number(pid));
  return now !== null && start !== "unknown" && now !== start;
}

// Clock ticks since boot at which the process started (proc(5), field 22); null where there is no /proc.
function startOf(pid: number): string | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "latin1");
    // The command in the second field may hold spaces and parentheses; the fields after it do not.
    return stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19] ?? null;
  } catch {
    return null;
  }
}
