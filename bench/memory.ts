import { readFileSync } from "node:fs";

/** Memory that a process holds now, in bytes (Linux). */
export function residentBytes(pid: number): number {
  const kilobytes = /^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1];
  return Number(kilobytes) * 1024;
}

/** Looks at a process's memory ten times a second; `stop` gives the smallest and the largest value that was seen. */
export function watchMemory(pid: number): { stop(): { readonly least: number; readonly most: number } } {
  const seen = [residentBytes(pid)];
  const timer = setInterval(() => seen.push(residentBytes(pid)), 100);
  return {
    stop: () => {
      clearInterval(timer);
      return { least: Math.min(...seen), most: Math.max(...seen) };
    },
  };
}
