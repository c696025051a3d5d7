import { readdir, readFile } from "node:fs/promises";
import { systemCode } from "../../system/system-error.ts";

/** Kills everything in a process group that is still there. */
export function killGroup(group: number): void {
  signalGroup(group, "SIGKILL");
}

/**
 * Resolves once no process of the group runs any more: a signal is delivered at once, but a killed process may take a while
 * to release its memory and files. A zombie that nobody reaps (in a container without an init) counts as ended. Waits no
 * longer than `limitMs`: a process in an uninterruptible sleep, on a disk that is gone, may never end.
 */
export async function groupEnd(group: number, limitMs: number): Promise<void> {
  const until = performance.now() + limitMs;
  for (let pauseMs = 1; signalGroup(group, 0); pauseMs = Math.min(pauseMs * 2, 50)) {
    // Scanning /proc costs more than a short wait.
    if (pauseMs > 4 && !(await isRunning(group))) return;
    if (performance.now() > until) return;
    await new Promise((resolve) => setTimeout(resolve, pauseMs));
  }
}

/** False when the group has no process left. */
function signalGroup(group: number, signal: "SIGKILL" | 0): boolean {
  try {
    return process.kill(-group, signal);
  } catch (error) {
    // EPERM: macOS, when only zombies are left.
    if (["ESRCH", "EPERM"].includes(systemCode(error) ?? "")) return false;
    throw error;
  }
}

/** Whether a process of the group still runs; without /proc zombies count as running, too. */
async function isRunning(group: number): Promise<boolean> {
  const names = await readdir("/proc").catch(() => null);
  if (names === null) return true;
  for (const name of names.filter((one) => /^\d+$/.test(one))) {
    const stat = await readFile(`/proc/${name}/stat`, "latin1").catch(() => "");
    // After the command name, which may hold any characters: state, parent, process group (proc(5)).
    const [state, , its] = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    if (Number(its) === group && state !== "Z" && state !== "X") return true;
  }
  return false;
}
