import { readdirSync, readFileSync, readlinkSync } from "node:fs";

/** A process of this machine that has to do with a folder. */
export interface FoundProcess {
  readonly pid: number;
  readonly command: string;
}

/**
 * Every process whose working folder, command line or environment names `folder`, but for this one. Children of the
 * service get folders below its own as home, so this finds what it started and what that started, however deep.
 */
export function processesIn(folder: string): FoundProcess[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)
    .flatMap((name) => {
      const command = read(name, "cmdline");
      // A zombie has neither.
      const traces = [command, read(name, "environ"), folderOf(name)];
      return traces.some((text) => text.includes(folder))
        ? [{ pid: Number(name), command: command.replaceAll("\0", " ").trim() }]
        : [];
    });
}

function read(pid: string, file: string): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, "utf8");
  } catch {
    return "";
  }
}

function folderOf(pid: string): string {
  try {
    return readlinkSync(`/proc/${pid}/cwd`);
  } catch {
    return "";
  }
}
