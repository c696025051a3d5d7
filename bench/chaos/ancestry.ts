import { readFileSync } from "node:fs";

/** Whether a process is one of these, or was started by one of them, however deep. */
export function descendsFrom(pid: number, ancestors: ReadonlySet<number>): boolean {
  for (let current = pid; current > 1; current = parentOf(current)) if (ancestors.has(current)) return true;
  return false;
}

function parentOf(pid: number): number {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "latin1");
    // The command in the second field may hold spaces and parentheses; the fields after it do not.
    return Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[1]);
  } catch {
    return 0;
  }
}
