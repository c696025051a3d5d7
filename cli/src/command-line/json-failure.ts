import { failureOf, type Terminal } from "@vidferry/core/program";

/** Of the objects that commands write with `--json`: raised when a field changes its meaning or goes. */
export const jsonVersion = 1;

/** Writes what ended a command as a JSON object. Gives the exit code; null for a fault of ours, which needs its stack trace. */
export function tellAsJson(error: unknown, terminal: Terminal): number | null {
  const failure = failureOf(error);
  if (failure === null) return null;
  const { code, detail, hint, exitCode } = failure;
  terminal.out(JSON.stringify({ version: jsonVersion, event: "error", code, detail, hint }));
  return exitCode;
}
