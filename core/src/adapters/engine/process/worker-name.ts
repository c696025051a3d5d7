import { readFileSync, readlinkSync } from "node:fs";
import { hostname } from "node:os";
import { systemCode } from "../../system/system-error.ts";

/** This machine's name, under which leases and work folders are kept. */
export function hostName(): string {
  return hostname();
}

/** A name for a worker in this process: where its process id counts, the id, when the process started, and a part that tells pools apart. */
export function nameWorker(pool: string): string {
  return [processSpace(), process.pid, startOf(process.pid) ?? "unknown", pool].join("/");
}

/**
 * Whether the worker of this name certainly does not run any more. Only workers whose processes can be seen from here can
 * be told; others, and those whose start cannot be read, count as alive until their lease runs out.
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
 * Whether the worker of this name, which uses or used a disk of this machine, may still run. One of another boot, or of
 * another container (the disk is not shared between those that run), belongs to an earlier life of this one.
 */
export function mayStillRun(name: string): boolean {
  return name.split("/")[0] === processSpace() && !isWorkerGone(name);
}

/**
 * Where process ids mean the same as here. Host names are not enough: containers on the host's network share its name but
 * not its processes, and two machines may be called alike. So: this boot of this kernel, and the namespace of the ids;
 * where there is no /proc, the host's name after all.
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
