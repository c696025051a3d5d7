import type { ChildProcess } from "node:child_process";
import ytDlpWrap from "yt-dlp-wrap";
import { type ChildLimits, leashed, type SupervisedChild, type SuperviseOptions, supervise } from "../process/index.ts";

// A CommonJS module: Bun hands out its `default`, Node and Deno hand out the whole of it.
const Wrap: typeof ytDlpWrap = "default" in ytDlpWrap ? (ytDlpWrap.default as typeof ytDlpWrap) : ytDlpWrap;

/** How to start yt-dlp. */
export interface StartOptions extends SuperviseOptions {
  readonly binary: string;
  readonly args: readonly string[];
  readonly cwd: string;
  /** The whole environment; nothing of ours is inherited. */
  readonly env: Readonly<Record<string, string>>;
  readonly limits: ChildLimits;
  /** File that takes the standard output instead of `onStdout`: `-J` prints one line of many megabytes. Made readable to us alone. */
  readonly stdoutFile?: string;
}

const toFile = 'umask 077; file=$1; shift; exec "$@" >"$file"';

/**
 * Starts yt-dlp on a leash, through yt-dlp-wrap, and supervises it.
 *
 * Of the wrapper only the start is used. Its own listeners collect the output without bound and guess at progress with
 * an outdated expression, and its abort leaves grandchildren behind: they are taken off before the first byte arrives.
 */
export function startYtDlp(options: StartOptions): SupervisedChild {
  const { binary, args, stdoutFile } = options;
  const [shell, shellArgs] =
    stdoutFile === undefined
      ? leashed(binary, args, options.limits)
      : leashed("/bin/sh", ["-c", toFile, "sh", stdoutFile, binary, ...args], options.limits);
  const spawnOptions = { detached: true, cwd: options.cwd, env: { ...options.env } };
  const emitter = new Wrap(shell).exec(shellArgs, spawnOptions);
  // It repeats the child's end as an `error` event, which without a listener would end this process.
  emitter.on("error", () => undefined);
  const child: ChildProcess | undefined = emitter.ytDlpProcess;
  if (child === undefined) throw new Error("yt-dlp-wrap started no process");
  child.stdout?.removeAllListeners("data");
  child.stderr?.removeAllListeners("data");
  return supervise(child, options);
}
