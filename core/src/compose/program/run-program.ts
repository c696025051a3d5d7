import { ConfigError } from "../../config/config.ts";
import { type AppError, isAppError } from "../../errors/app-error.ts";
import { errorCodes } from "../../errors/codes.ts";
import { exitCodes, UsageError } from "./exit-codes.ts";
import { listenForSignals, type Signals } from "./signals.ts";
import { flushOutput, outliveReaders, processTerminal, type Terminal } from "./terminal.ts";

/** What a program has of its process. */
export interface Program {
  readonly terminal: Terminal;
  readonly signals: Signals;
}

/**
 * Runs a program of ours from its first line to the exit of the process: listens for signals, says what went wrong and what
 * to do, and ends with the exit code that the program or its error stands for. `term` is what the variable TERM says.
 */
export async function runProgram(term: string | undefined, run: (program: Program) => Promise<number>): Promise<never> {
  const terminal = processTerminal(term);
  outliveReaders();
  const code = await run({ terminal, signals: listenForSignals() }).catch((error: unknown) =>
    explain(error, terminal.note),
  );
  await flushOutput();
  // Whatever a library still holds open must not keep a finished command alive.
  process.exit(code);
}

/** Says what the error means to who runs the program. Gives the exit code. */
function explain(error: unknown, note: Terminal["note"]): number {
  if (error instanceof ConfigError || error instanceof UsageError) {
    for (const line of error.message.split("\n")) note(line);
    return error instanceof ConfigError ? exitCodes.configuration : exitCodes.usage;
  }
  if (isAppError(error)) {
    note(`${error.code}: ${error.message}`);
    note(`  ${hintOf(error)}`);
    return exitCodeOf(error);
  }
  if (isRefusal(error)) {
    note(error.message);
    note(
      "  Work in a folder that this user may write to; docs/configuration.md lists the variables that name folders.",
    );
    return exitCodes.failed;
  }
  console.error(error);
  return exitCodes.failed;
}

function exitCodeOf(error: AppError): number {
  if (error.permanent) return exitCodes.configuration;
  return error.code === "invalid_request" ? exitCodes.usage : exitCodes.failed;
}

/** The table's own words for a service that does not answer are for its clients; here an operator reads. */
const hintOf = ({ code, hint }: AppError): string =>
  code === "unavailable" && hint === errorCodes.unavailable.hint
    ? "Check DATABASE_URL, REDIS_URL and QUEUE_URL, and that what they name runs."
    : hint;

/** Whether the system refused to let this user write: a matter of the folder, not a fault of ours. */
const isRefusal = (error: unknown): error is Error =>
  error instanceof Error && "code" in error && ["EACCES", "EPERM", "EROFS"].includes(String(error.code));
