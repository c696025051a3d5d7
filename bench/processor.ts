import { readFileSync } from "node:fs";

// Linux counts in hundredths of a second, whatever the kernel's own clock is.
const ticksPerSecond = 100;

/** Processor time that a process has used since it began, in seconds (Linux). Less sensitive to other load on the machine than wall time. */
export function processorSeconds(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
  // The name, in brackets, may hold blanks.
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return (Number(fields[11]) + Number(fields[12])) / ticksPerSecond;
}
