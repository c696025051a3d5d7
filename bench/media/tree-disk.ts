import { readFileSync } from "node:fs";
import { treeOf } from "../process-tree.ts";

/** Bytes that processes have moved. */
export interface DiskBytes {
  /** Read from files, also those that the system has in memory. */
  readonly read: number;
  /** Written into files. */
  readonly written: number;
}

/**
 * What a process, its running descendants, and all the children that these have waited for have read from files and written into them
 * so far (Linux); sockets do not count.
 */
export function diskBytes(root: number): DiskBytes {
  let [read, written] = [0, 0];
  for (const pid of treeOf(root)) {
    const bytes = bytesOf(pid);
    read += bytes.read;
    written += bytes.written;
  }
  return { read, written };
}

function bytesOf(pid: number): DiskBytes {
  try {
    const text = readFileSync(`/proc/${pid}/io`, "utf8");
    const field = (name: string) => Number(new RegExp(`^${name}: (\\d+)`, "m").exec(text)?.[1] ?? 0);
    return { read: field("rchar"), written: field("wchar") };
  } catch {
    // It has ended, and is counted with its parent.
    return { read: 0, written: 0 };
  }
}
