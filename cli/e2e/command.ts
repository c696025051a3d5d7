import { spawn } from "node:child_process";
import { programFile } from "@vidferry/testing";
import { runInProcess } from "../src/testing/run-in-process.ts";

const main = programFile(new URL("../src/main.ts", import.meta.url));

/** How a command ended. */
export interface FinishedCommand {
  /** Null when a signal ended it. */
  readonly exitCode: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A `vidferry` command under way. */
export interface RunningCommand {
  readonly pid: number;
  /** What it has written so far. */
  readonly stdout: () => string;
  readonly stderr: () => string;
  readonly done: Promise<FinishedCommand>;
  kill(signal: NodeJS.Signals): void;
}

/** No command of a test takes longer; one that does is killed, and the test that waits for it fails. */
const longestMs = 300_000;

/**
 * Starts `vidferry …` as a process of its own, in `cwd`, with nothing of our environment but what `env` gives.
 * @param options.deadlineMs after which it is killed; 0: it runs until it is ended. Default: five minutes.
 */
export function startCommand(
  args: readonly string[],
  options: {
    readonly cwd: string;
    readonly env: Readonly<Record<string, string>>;
    readonly deadlineMs?: number;
  },
): RunningCommand {
  const child = spawn(process.execPath, ["--no-install", "--no-env-file", main, ...args], {
    cwd: options.cwd,
    env: { ...options.env },
    stdio: ["ignore", "pipe", "pipe"],
    timeout: options.deadlineMs ?? longestMs,
    killSignal: "SIGKILL",
  });
  if (child.pid === undefined) throw new Error("the command could not be started");
  const output = { stdout: "", stderr: "" };
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    output.stdout += text;
  });
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    output.stderr += text;
  });
  return {
    pid: child.pid,
    stdout: () => output.stdout,
    stderr: () => output.stderr,
    done: new Promise((resolve, reject) => {
      child.once("error", reject);
      child.once("close", (exitCode) => resolve({ exitCode, ...output }));
    }),
    kill: (signal) => void child.kill(signal),
  };
}

/** Runs `vidferry …` to its end. */
export function runCommand(
  args: readonly string[],
  options: { readonly cwd: string; readonly env: Readonly<Record<string, string>> },
): Promise<FinishedCommand> {
  return startCommand(args, options).done;
}

/** Runs `vidferry …` to its end in this process: a program of its own costs twenty times of what such a command does. */
export async function runHere(
  args: readonly string[],
  env: Readonly<Record<string, string>>,
): Promise<FinishedCommand & { readonly exitCode: number }> {
  const { exitCode, out, notes } = await runInProcess(args, env);
  const textOf = (lines: readonly string[]): string => lines.map((line) => `${line}\n`).join("");
  return { exitCode, stdout: textOf(out), stderr: textOf(notes) };
}
