import { readdirSync, readFileSync, readlinkSync } from "node:fs";

const listening = "0A";
const established = "01";

/**
 * The listening sockets of this process, and its connections to servers on these ports: descriptions by inode. Empty where there
 * is no `/proc`.
 */
export function socketsOf(serverPorts: ReadonlySet<number>): Map<string, string> {
  const own = ownInodes();
  const found = new Map<string, string>();
  // The tables hold the sockets of the whole machine.
  if (own.size === 0) return found;
  for (const line of ["tcp", "tcp6"].flatMap((table) => rows(table))) {
    const [, local = "", remote = "", state, , , , , , inode = ""] = line.trim().split(/\s+/);
    if (!own.has(inode)) continue;
    if (state === listening) found.set(inode, `a socket that listens on port ${portOf(local)}`);
    else if (state === established && serverPorts.has(portOf(remote)))
      found.set(inode, `a connection to port ${portOf(remote)}`);
  }
  for (const line of rows("unix")) {
    const [, , , flags = "", , , inode = "", path = "(unnamed)"] = line.trim().split(/\s+/);
    const accepts = (Number.parseInt(flags, 16) & 0x10000) !== 0;
    if (accepts && own.has(inode)) found.set(inode, `a socket that listens on ${path}`);
  }
  return found;
}

/** `0100007F:1F90`: the part after the colon is the port. */
const portOf = (address: string): number => Number.parseInt(address.split(":")[1] ?? "", 16);

function rows(table: string): string[] {
  try {
    return readFileSync(`/proc/self/net/${table}`, "latin1").trim().split("\n").slice(1);
  } catch {
    return [];
  }
}

function ownInodes(): Set<string> {
  const inodes = new Set<string>();
  try {
    for (const name of readdirSync("/proc/self/fd")) {
      try {
        const inode = /^socket:\[(\d+)\]$/.exec(readlinkSync(`/proc/self/fd/${name}`))?.[1];
        if (inode !== undefined) inodes.add(inode);
      } catch {
        // It was closed meanwhile.
      }
    }
  } catch {
    // A system without /proc.
  }
  return inodes;
}
