import { readFileSync } from "node:fs";
import { treeOf } from "../process-tree.ts";

/** Bytes that processes have moved. */
export interface DiskBytes {
  /** Read from files, also those that the system has in memory. */
  readonly read: number;
  /** Written into files. */
  readonly written: number;
}

/** Starts to count what a process and all that it starts read from files and write into them (Linux); sockets do not count. */
export function countDiskBytes(root: number): () => DiskBytes {
  const before = new Map(treeOf(root).map((pid) => [pid, bytesOf(pid)]));
  const last = new Map<number, DiskBytes>();
  const look = () => {
    for (const pid of treeOf(root)) {
      const bytes = bytesOf(pid);
      // Of one that has just ended nothing can be read any more.
      if (bytes.read + bytes.written > 0) last.set(pid, bytes);
    }
  };
  const timer = setInterval(look, 20);
  return () => {
    clearInterval(timer);
    look();
    let [read, written] = [0, 0];
    for (const [pid, bytes] of last) {
      const start = before.get(pid);
      read += bytes.read - (start?.read ?? 0);
      written += bytes.written - (start?.written ?? 0);
    }
    return { read, written };
  };
}

function bytesOf(pid: number): DiskBytes {
  try {
    const text = readFileSync(`/proc/${pid}/io`, "utf8");
    const field = (name: string) => Number(new RegExp(`^${name}: (\\d+)`, "m").exec(text)?.[1] ?? 0);
    return { read: field("rchar"), written: field("wchar") };
  } catch {
    return { read: 0, written: 0 };
  }
}
