import { chmod, mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";

/** A step of the fake; steps run in order. */
export type FakeStep =
  /** Prints a line to standard output, or to standard error. The line may hold any character but NUL. */
  | { readonly stdout: string }
  | { readonly stderr: string }
  | { readonly sleepSeconds: number }
  /** Writes a file, relative to the folder it runs in. */
  | { readonly writeFile: string; readonly content: string }
  /** Appends its process id to a file, so that a test can see whether it is still there. */
  | { readonly writePid: string }
  /** Writes its arguments to a file, one a line. */
  | { readonly writeArguments: string }
  /** Starts a child that sleeps and ignores SIGTERM and SIGINT, and appends the child's process id to a file. */
  | { readonly grandchildPid: string; readonly seconds?: number }
  /** Prints the line in an endless loop. */
  | { readonly flood: string };

/** Behaviour of a fake yt-dlp. */
export interface FakeYtDlpScript {
  /** Answer to `--version`. Default: 2026.10.26. */
  readonly version?: string;
  readonly steps?: readonly FakeStep[];
  /** Default: 0. */
  readonly exitCode?: number;
  /**
   * What SIGINT does: `exit` ends as yt-dlp does, with `ERROR: Interrupted by user` and code 1; `ignore` does nothing.
   * Default: `exit`.
   */
  readonly onInterrupt?: "exit" | "ignore";
  /** What SIGTERM does: `die` at once without output, as yt-dlp does, or `ignore`. Default: `die`. */
  readonly onTerminate?: "die" | "ignore";
}

/**
 * Writes an executable stand-in for yt-dlp into `dir`, for tests of whoever runs it: it prints given lines and obeys or ignores
 * signals, and needs nothing but a POSIX shell.
 * @returns the program's absolute path.
 */
export async function createFakeYtDlp(dir: string, script: FakeYtDlpScript = {}): Promise<string> {
  await mkdir(dir, { recursive: true });
  const path = join(dir, "yt-dlp");
  await writeFile(path, shellScript(script));
  await chmod(path, 0o755);
  return path;
}

function shellScript(script: FakeYtDlpScript): string {
  const interrupt =
    script.onInterrupt === "ignore"
      ? "trap '' INT"
      : `trap 'printf "\\nERROR: Interrupted by user\\n" >&2; [ -z "$resting" ] || kill "$!" 2>/dev/null; exit 1' INT`;
  const terminate = script.onTerminate === "ignore" ? "trap '' TERM" : "trap - TERM";
  return [
    "#!/bin/sh",
    `if [ "$1" = --version ]; then echo ${quote(script.version ?? "2026.10.26")}; exit 0; fi`,
    "resting=",
    interrupt,
    terminate,
    // A shell handles a signal only between commands, but `wait` can be interrupted: so it sleeps in a child and waits for that.
    // A shell that ignores signals never returns early from `wait`, and its children ignore them too. The signal may come before
    // the next command, so what has to be killed is known by `$!`, which is set with the start.
    'rest() { resting=1; sleep "$1" & wait "$!"; resting=; }',
    ...(script.steps ?? []).map(command),
    `exit ${script.exitCode ?? 0}`,
    "",
  ].join("\n");
}

function command(step: FakeStep): string {
  if ("stdout" in step) return `printf '%s\\n' ${quote(step.stdout)}`;
  if ("stderr" in step) return `printf '%s\\n' ${quote(step.stderr)} >&2`;
  if ("sleepSeconds" in step) return `rest ${step.sleepSeconds}`;
  if ("writeFile" in step) return `printf '%s' ${quote(step.content)} > ${quote(step.writeFile)}`;
  if ("writePid" in step) return `echo $$ >> ${quote(step.writePid)}`;
  if ("writeArguments" in step) return `printf '%s\\n' "$@" > ${quote(step.writeArguments)}`;
  if ("flood" in step) return `while :; do printf '%s\\n' ${quote(step.flood)}; done`;
  const child = `trap '' INT TERM; exec sleep ${step.seconds ?? 60}`;
  // It does not inherit the output: an open pipe would make the parent look alive to a reader that waits for its end.
  return `sh -c ${quote(child)} >/dev/null 2>&1 & echo $! >> ${quote(step.grandchildPid)}`;
}

function quote(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
