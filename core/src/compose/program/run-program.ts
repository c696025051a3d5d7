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

/** What ended a program, for who runs it. */
export interface Failure {
  /** Of the error; `usage` and `configuration` for what was typed and what is set. */
  readonly code: string;
  readonly detail: string;
  readonly hint: string | null;
  readonly exitCode: number;
}

/** What the error means to who runs the program; null for a fault of ours. */
export function failureOf(error: unknown): Failure | null {
  if (error instanceof ConfigError)
    return { code: "configuration", detail: error.message, hint: null, exitCode: exitCodes.configuration };
  if (error instanceof UsageError)
    return { code: "usage", detail: error.message, hint: null, exitCode: exitCodes.usage };
  if (isAppError(error))
    return { code: error.code, detail: error.message, hint: hintOf(error), exitCode: exitCodeOf(error) };
  if (!isRefusal(error)) return null;
  const hint =
    "Work in a folder that this user may write to; docs/configuration.md lists the variables that name folders.";
  return { code: "storage_error", detail: error.message, hint, exitCode: exitCodes.failed };
}

/** Says what the error means. Gives the exit code. */
function explain(error: unknown, note: Terminal["note"]): number {
  const failure = failureOf(error);
  if (failure === null) {
    console.error(error);
    return exitCodes.failed;
  }
  const named = isAppError(error) ? `${failure.code}: ${failure.detail}` : failure.detail;
  for (const line of named.split("\n")) note(line);
  if (failure.hint !== null) note(`  ${failure.hint}`);
  return failure.exitCode;
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
