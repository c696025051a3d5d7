import { spawn } from "node:child_process";
import { type ChildLimits, leashed } from "./leash.ts";
import { type ChildOutcome, type SupervisedChild, type SuperviseOptions, supervise } from "./supervise.ts";

export interface RunOptions extends SuperviseOptions {
  readonly cwd?: string;
  /** The whole environment of the child; nothing of ours is inherited. */
  readonly env: Readonly<Record<string, string>>;
  readonly limits?: ChildLimits;
}

/** Starts a program on a leash and supervises it. Rejects (in `done`) with ENOENT-like errors when it cannot be started. */
export function run(command: string, args: readonly string[], options: RunOptions): SupervisedChild {
  const [shell, shellArgs] = leashed(command, args, options.limits);
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
