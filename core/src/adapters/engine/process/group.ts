import { readdir, readFile } from "node:fs/promises";
import { systemCode } from "../../system/system-error.ts";

/** Kills everything in a process group that is still there. */
export function killGroup(group: number): void {
  signalGroup(group, "SIGKILL");
}

/**
 * Resolves once nothing in the group runs any more: a signal is delivered at once, but what it ends may take a while to
 * give back its memory and its files. What nobody collects (an orphan in a container without an init) has ended all
 * the same. Waits no longer than `limitMs`: what hangs in the kernel, on a disk that is gone, cannot be waited for.
 */
export async function groupEnd(group: number, limitMs: number): Promise<void> {
  const until = performance.now() + limitMs;
  for (let pauseMs = 1; signalGroup(group, 0); pauseMs = Math.min(pauseMs * 2, 50)) {
    // Looking through all processes costs more than waiting a little.
    if (pauseMs > 4 && !(await isRunning(group))) return;
    if (performance.now() > until) return;
    await new Promise((resolve) => setTimeout(resolve, pauseMs));
  }
}

/** Whether there was anybody to send it to. */
function signalGroup(group: number, signal: "SIGKILL" | 0): boolean {
  try {
    return process.kill(-group, signal);
  } catch (error) {
    // The second is how macOS says that they have ended and are not collected.
    if (["ESRCH", "EPERM"].includes(systemCode(error) ?? "")) return false;
    throw error;
  }
}

/** Whether a process of the group has not ended; where there is no /proc, whoever is in it counts as running. */
async function isRunning(group: number): Promise<boolean> {
  const names = await readdir("/proc").catch(() => null);
  if (names === null) return true;
  for (const name of names.filter((one) => /^\d+$/.test(one))) {
    const stat = await readFile(`/proc/${name}/stat`, "latin1").catch(() => "");
    // After the command, which may hold anything: state, parent, group (proc(5)).
    const [state, , its] = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    if (Number(its) === group && state !== "Z" && state !== "X") return true;
  }
  return false;
}
