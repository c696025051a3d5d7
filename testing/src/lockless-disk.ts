import { spawnSync } from "node:child_process";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";

/** Errors with which systems refuse to lock a file on disks that have no locks. */
export const lockRefusals = { ENOLCK: 37, EOPNOTSUPP: 95, EPERM: 1 } as const;

/** Whether {@link locklessDisk} works here. */
export const hasLocklessDisk = process.platform === "linux" && spawnSync("cc", ["--version"]).status === 0;

/**
 * Makes a library in `folder` with which a program (`LD_PRELOAD`) finds no file locks anywhere, as on some network shares.
 * Returns its path.
 */
export async function locklessDisk(folder: string, errno: number = lockRefusals.ENOLCK): Promise<string> {
  const [source, library] = [join(folder, "no-locks.c"), join(folder, "no-locks.so")];
  await writeFile(source, withoutLocks(errno));
  const built = spawnSync("cc", ["-shared", "-fPIC", "-o", library, source, "-ldl"], { encoding: "utf8" });
  if (built.status !== 0) throw new Error(built.stderr);
  return library;
}

/** Replaces the system's `fcntl` and refuses every lock. */
const withoutLocks = (errno: number): string => `
  #define _GNU_SOURCE
  #include <dlfcn.h>
  #include <errno.h>
  #include <fcntl.h>
  #include <stdarg.h>
  static int call(const char *name, int fd, int cmd, void *arg) {
    int (*real)(int, int, ...) = dlsym(RTLD_NEXT, name);
    if (cmd == F_SETLK || cmd == F_SETLKW || cmd == F_GETLK) { errno = ${errno}; return -1; }
    return real(fd, cmd, arg);
  }
  #define FORWARD(name) int name(int fd, int cmd, ...) { \\
    va_list rest; va_start(rest, cmd); void *arg = va_arg(rest, void *); va_end(rest); return call(#name, fd, cmd, arg); }
  FORWARD(fcntl)
  FORWARD(fcntl64)
`;
