import {
  type ChildHandle,
  type ChildLimits,
  type SupervisedChild,
  type SuperviseOptions,
  supervise,
  withWatchdog,
} from "../process/index.ts";
import { spawnWrapped } from "./spawn-yt-dlp-wrap.ts";

/** How to start yt-dlp. */
export interface StartOptions extends SuperviseOptions {
  readonly binary: string;
  /** A child that already runs with these arguments: it is supervised, and nothing is started. */
  readonly loaded: ChildHandle | null;
  readonly args: readonly string[];
  readonly cwd: string;
  /** The whole environment; nothing of ours is inherited. */
  readonly env: Readonly<Record<string, string>>;
  readonly limits: ChildLimits;
  /** File that takes the standard output instead of `onStdout`: `-J` prints one line of many megabytes. Made readable to us alone. */
  readonly stdoutFile?: string;
}

const toFile = 'umask 077; file=$1; shift; exec "$@" >"$file"';

/** Starts yt-dlp with a watchdog and supervises it. */
export function startYtDlp(options: StartOptions): SupervisedChild {
  const { binary, loaded, args, stdoutFile } = options;
  if (loaded !== null) return supervise(loaded, options);
  const [shell, shellArgs] =
    stdoutFile === undefined
      ? withWatchdog(binary, args, options.limits)
      : withWatchdog("/bin/sh", ["-c", toFile, "sh", stdoutFile, binary, ...args], options.limits);
  const child = spawnWrapped(shell, shellArgs, { detached: true, cwd: options.cwd, env: { ...options.env } });
  return supervise(child, options);
}
