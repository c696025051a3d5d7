/** Limits and niceness of a child and everything it starts. */
export interface ChildLimits {
  /** No file it writes may grow beyond this; it gets EFBIG. Bytes; absent: no limit. */
  readonly fileSizeBytes?: number;
  /** Added to the niceness: 0 to 19. */
  readonly niceness?: number;
}

/*
 * Runs a command as the leader of its process group, with a watcher beside it that holds the read end of our pipe.
 * When this process dies, even by SIGKILL, the pipe closes and the watcher kills the whole group: nothing is orphaned.
 * Works in any POSIX shell, so on Linux and macOS alike. The command's own stdin is empty.
 */
const script = `
exec 3<&0 </dev/null
(trap '' INT TERM HUP; read -r _ <&3; kill -KILL -$$) >/dev/null 2>&1 &
exec 3<&-
[ "$1" = - ] || ulimit -f "$1"
niceness=$2
shift 2
[ "$niceness" = - ] || exec nice -n "$niceness" "$@"
exec "$@"
`;

/** The command line that runs `command` on a leash. Spawn it `detached`, with a pipe as stdin that stays open. */
export function leashed(command: string, args: readonly string[], limits: ChildLimits = {}): [string, string[]] {
  const blocks = limits.fileSizeBytes === undefined ? "-" : String(Math.ceil(limits.fileSizeBytes / 512));
  const niceness = limits.niceness === undefined ? "-" : String(limits.niceness);
  return ["/bin/sh", ["-c", script, "sh", blocks, niceness, command, ...args]];
}
