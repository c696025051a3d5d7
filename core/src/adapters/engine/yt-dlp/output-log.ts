import type { Cause } from "./hook-lines.ts";

/** An error message of yt-dlp. */
export interface LoggedError {
  readonly message: string;
  /** What caused it, outermost first; empty where that is not known. */
  readonly causes: readonly Cause[];
}

/** Messages of one run of yt-dlp, bounded. */
export interface OutputLog {
  /** Oldest first: the first one names the cause, later ones are consequences. */
  readonly errors: readonly LoggedError[];
  readonly warnings: readonly string[];
  /** Other lines, of which the last are kept: some failures are reported there only. */
  readonly text: readonly string[];
}

/** Takes what a run says: reported by hooks, or printed. */
export interface LogWriter {
  error(message: string, causes: readonly Cause[]): void;
  warning(message: string): void;
  stdout(line: string): void;
  stderr(line: string): void;
}

const kept = 100;
const longest = 4_000;

/** Collects the messages of a run; the first errors and warnings and the last of the other lines are kept. */
export function createOutputLog(): OutputLog & LogWriter {
  const errors: LoggedError[] = [];
  const warnings: string[] = [];
  const text: string[] = [];
  // A printed message may have several lines, of which only the first is marked.
  let extend: ((line: string) => void) | null = null;

  const error = (message: string, causes: readonly Cause[]) => {
    if (errors.length < kept) errors.push({ message: message.slice(0, longest), causes });
  };
  const warning = (message: string) => {
    if (warnings.length < kept) warnings.push(message.slice(0, longest));
  };
  const stdout = (line: string) => {
    text.push(line.slice(0, longest));
    if (text.length > kept) text.shift();
  };
  const more = (message: string, line: string) => `${message}\n${line}`.slice(0, longest);
  const extendError = (line: string) => {
    const last = errors.pop();
    if (last !== undefined) errors.push({ ...last, message: more(last.message, line) });
  };
  const extendWarning = (line: string) => {
    const last = warnings.pop();
    if (last !== undefined) warnings.push(more(last, line));
  };
  const stderr = (line: string) => {
    const [, kind, message] = /^(ERROR|WARNING): (.*)$/s.exec(line) ?? [];
    if (message === undefined) return extend === null ? stdout(line) : extend(line);
    extend = kind === "ERROR" ? extendError : extendWarning;
    if (kind === "ERROR") error(message, []);
    else warning(message);
  };
  return { errors, warnings, text, error, warning, stdout, stderr };
}
