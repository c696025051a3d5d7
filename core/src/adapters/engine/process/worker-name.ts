import { readFileSync, readlinkSync } from "node:fs";
import { hostname } from "node:os";
import { systemCode } from "../../system/system-error.ts";

/** Name of this machine, as recorded with leases and work folders. */
export function hostName(): string {
  return hostname();
}

/** A name for a worker in this process: scope of its process id, the id, start time of the process, and the name of the pool. */
export function nameWorker(pool: string): string {
  return [processSpace(), process.pid, startOf(process.pid) ?? "unknown", pool].join("/");
}

/**
 * Whether the worker of this name has certainly exited. That is known only of workers whose processes are visible from here;
 * others, and those whose start time cannot be read, count as alive until their lease expires.
 */
export function isWorkerGone(name: string): boolean {
  const [space, pid, start] = name.split("/");
  if (space !== processSpace() || pid === undefined || !/^\d+$/.test(pid)) return false;
  try {
    process.kill(Number(pid), 0);
  } catch (error) {
    return systemCode(error) === "ESRCH";
  }
  // The id is in use: by the same process, or by one that got it later.
  const now = startOf(Number(pid));
  return now !== null && start !== "unknown" && now !== start;
}

/**
 * Whether the worker of this name, which uses or used a disk of this machine, may still run. A worker of another boot or
 * another PID namespace cannot: two running containers never share the disk, so it belongs to an earlier run.
 */
export function mayStillRun(name: string): boolean {
  return name.split("/")[0] === processSpace() && !isWorkerGone(name);
}

/**
 * The scope in which process ids are comparable: boot id of the kernel and PID namespace; the host name where there is no
 * /proc. Host names alone are not enough: containers on the host's network share its name but not its processes, and two
 * machines may have the same name.
 */
function processSpace(): string {
  try {
    const boot = readFileSync("/proc/sys/kernel/random/boot_id", "latin1").trim();
    const namespace = /\d+/.exec(readlinkSync("/proc/self/ns/pid"))?.[0];
    return `${boot}:${namespace}`;
  } catch {
    return hostName();
  }
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
