import { readFileSync } from "node:fs";

/** Resident memory of a process, in bytes (Linux). */
export function residentBytes(pid: number): number {
  const kilobytes = /^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1];
  return Number(kilobytes) * 1024;
}

/** Samples the memory of a process ten times a second; `stop` returns the smallest and the largest value. */
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
