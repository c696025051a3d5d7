/** Limits and niceness of a child and everything it starts. */
export interface ChildLimits {
  /** No file it writes may grow beyond this; it gets EFBIG. Bytes; absent: no limit. */
  readonly fileSizeBytes?: number;
  /** Added to the niceness: 0 to 19. */
  readonly niceness?: number;
  /**
   * Most private writable memory of each process (RLIMIT_DATA), in bytes; 2 GiB. A compressed page of a megabyte may
   * decompress to gigabytes, and yt-dlp reads pages whole. Address space that is only reserved, as JavaScript runtimes do,
   * does not count. Only Linux enforces it.
   */
  readonly memoryBytes?: number;
}

const defaultMemoryBytes = 2 * 1024 ** 3;

/*
 * Runs a command as the leader of its process group, with a watchdog in the same group that holds the read end of our pipe.
 * When this process dies, even by SIGKILL, the pipe closes and the watchdog kills the whole group: nothing is orphaned.
 * Works in any POSIX shell, so on Linux and macOS alike. The command's own stdin is empty.
 */
const script = `
exec 3<&0 </dev/null
(trap '' INT TERM HUP; read -r _ <&3; kill -KILL -$$) >/dev/null 2>&1 &
exec 3<&-
[ "$1" = - ] || ulimit -f "$1"
ulimit -d "$2" 2>/dev/null
niceness=$3
shift 3
[ "$niceness" = - ] || exec nice -n "$niceness" "$@"
exec "$@"
`;

/** The command line that runs `command` with a watchdog. Spawn it `detached`, with a pipe as stdin that stays open. */
export function withWatchdog(command: string, args: readonly string[], limits: ChildLimits = {}): [string, string[]] {
  const blocks = limits.fileSizeBytes === undefined ? "-" : String(Math.ceil(limits.fileSizeBytes / 512));
  const niceness = limits.niceness === undefined ? "-" : String(limits.niceness);
  const kibibytes = String(Math.ceil((limits.memoryBytes ?? defaultMemoryBytes) / 1024));
  return ["/bin/sh", ["-c", script, "sh", blocks, kibibytes, niceness, command, ...args]];
}
