import { readdirSync, readFileSync } from "node:fs";

// USER_HZ: Linux reports in hundredths of a second, whatever the kernel's tick is.
const ticksPerSecond = 100;

/** CPU time of a process, its running descendants, and all the children that these have waited for (Linux). */
export function treeSeconds(root: number): number {
  // The name, in parentheses, may contain blanks; later fields: user and system time, and both of waited-for children.
  const ticks = treeOf(root).map((pid) => fieldsOf(pid).slice(11, 15).map(Number));
  return ticks.flat().reduce((sum, value) => sum + value, 0) / ticksPerSecond;
}

/** CPU time of the terminated children of this process (Linux). */
export function endedChildrenSeconds(): number {
  const [user = 0, system = 0] = fieldsOf(process.pid).slice(13, 15).map(Number);
  return (user + system) / ticksPerSecond;
}

/** Memory of a process and its descendants, in bytes; shared pages count once (Linux). */
export function treeMemory(root: number): number {
  const kilobytes = treeOf(root).map((pid) =>
    Number(/^Pss:\s+(\d+)/m.exec(read(`/proc/${pid}/smaps_rollup`))?.[1] ?? 0),
  );
  return kilobytes.reduce((sum, value) => sum + value, 0) * 1_024;
}

/** A process and its descendants (Linux). */
export function treeOf(root: number): number[] {
  const parents = readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .map((name) => ({ pid: Number(name), parent: Number(fieldsOf(Number(name))[1]) }));
  const found = [root];
  // The list grows during the iteration.
  for (const one of found) found.push(...parents.filter(({ parent }) => parent === one).map(({ pid }) => pid));
  return found;
}

function fieldsOf(pid: number): string[] {
  const stat = read(`/proc/${pid}/stat`);
  return stat.slice(stat.lastIndexOf(")") + 2).split(" ");
}

function read(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}
