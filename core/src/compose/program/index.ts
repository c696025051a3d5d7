export { addEnvFile } from "./env-file.ts";
export { exitCodes, UsageError } from "./exit-codes.ts";
export { type Failure, failureOf, type Program, runProgram } from "./run-program.ts";
export { type RunningService, runUntilStopped, type ServiceRun } from "./run-until-stopped.ts";
export { onToggleSignal, type Signals } from "./signals.ts";
export { flushOutput, outliveReaders, printable, processTerminal, type Terminal } from "./terminal.ts";
