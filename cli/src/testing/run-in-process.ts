import type { Program } from "@vidferry/core/program";
import { failureOf } from "@vidferry/core/program";
import { runCommandLine } from "../command-line/command-line.ts";
import type { Environment } from "../command-line/invocation.ts";

/** How a command ended that ran in this process. */
export interface CommandEnd {
  readonly exitCode: number;
  /** The lines of standard output and of standard error. */
  readonly out: readonly string[];
  readonly notes: readonly string[];
}

/** Runs a command line in this process, as `main.ts` does: much cheaper than a process where that is not what is tested. */
export async function runInProcess(
  args: readonly string[],
  environment: Environment = {},
  signal: AbortSignal = new AbortController().signal,
): Promise<CommandEnd> {
  const out: string[] = [];
  const notes: string[] = [];
  const program: Program = {
    terminal: { out: (line) => out.push(line), note: (line) => notes.push(line), interactive: false },
    signals: { stop: signal, force: new AbortController().signal },
  };
  try {
    return { exitCode: await runCommandLine(args, program, { ...environment }), out, notes };
  } catch (error) {
    const failure = failureOf(error);
    if (failure === null) throw error;
    return { exitCode: failure.exitCode, out, notes: [...notes, failure.detail] };
  }
}
