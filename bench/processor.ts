import { readFileSync } from "node:fs";

// USER_HZ: Linux reports in hundredths of a second, whatever the kernel's tick is.
const ticksPerSecond = 100;

/** CPU time that a process has used since its start, in seconds (Linux). Less sensitive to other load than wall time. */
export function processorSeconds(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
  // The name, in parentheses, may contain blanks.
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return (Number(fields[11]) + Number(fields[12])) / ticksPerSecond;
}
