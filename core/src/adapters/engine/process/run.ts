import { spawn } from "node:child_process";
import { type ChildOutcome, type SupervisedChild, type SuperviseOptions, supervise } from "./supervise.ts";
import { type ChildLimits, withWatchdog } from "./watchdog.ts";

export interface RunOptions extends SuperviseOptions {
  readonly cwd?: string;
  /** The whole environment of the child; nothing of ours is inherited. */
  readonly env: Readonly<Record<string, string>>;
  readonly limits?: ChildLimits;
}

/**
 * Starts a program with a watchdog and supervises it. `done` rejects when the shell cannot be started, for example because
 * `cwd` is missing; a program that is missing ends with exit code 127.
 */
export function run(command: string, args: readonly string[], options: RunOptions): SupervisedChild {
  const [shell, shellArgs] = withWatchdog(command, args, options.limits);
  const child = spawn(shell, shellArgs, {
    detached: true,
    stdio: ["pipe", "pipe", "pipe"],
    env: { ...options.env },
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
  });
  return supervise(child, options);
}

/** Runs a short command and collects its output, at most `maxBytes` characters of each stream (1 MiB). */
export async function capture(
  command: string,
  args: readonly string[],
  options: Omit<RunOptions, "onStdout" | "onStderr"> & { readonly maxBytes?: number },
): Promise<ChildOutcome & { readonly stdout: string; readonly stderr: string }> {
  const max = options.maxBytes ?? 1 << 20;
  const stdout: string[] = [];
  const stderr: string[] = [];
  const collect = (into: string[]) => {
    let size = 0;
    return (line: string) => {
      size += line.length + 1;
      if (size <= max) into.push(line);
    };
  };
  const outcome = await run(command, args, { ...options, onStdout: collect(stdout), onStderr: collect(stderr) }).done;
  return { ...outcome, stdout: stdout.join("\n"), stderr: stderr.join("\n") };
}
