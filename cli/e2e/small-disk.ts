import { execFileSync } from "node:child_process";

/** A disk of its own that is soon full. */
export interface SmallDisk extends Disposable {
  /** Makes it so large. */
  resize(size: string): void;
}

/** Only root can make one, where the system allows it. */
export const mayMount = process.platform === "linux" && process.getuid?.() === 0 && canMount();

/** Lets a folder be a disk of this size, as mount(8) writes it, until it is disposed of. */
export function mountSmallDisk(folder: string, size: string): SmallDisk {
  const mount = (options: string) => execFileSync("mount", ["-t", "tmpfs", "-o", options, "tmpfs", folder]);
  mount(`size=${size}`);
  return {
    resize: (wanted) => mount(`remount,size=${wanted}`),
    [Symbol.dispose]: () => execFileSync("umount", ["-l", folder]),
  };
}

function canMount(): boolean {
  try {
    execFileSync("unshare", ["--mount", "mount", "-t", "tmpfs", "tmpfs", "/tmp"], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
}
