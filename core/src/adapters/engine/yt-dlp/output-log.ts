/** Messages of one run of yt-dlp, bounded. */
export interface OutputLog {
  /** Messages after `ERROR:`, oldest first: the first one names the cause, later ones are consequences. */
  readonly errors: readonly string[];
  /** Messages after `WARNING:`. */
  readonly warnings: readonly string[];
  /** Other lines, of which the last are kept: some failures are reported there only. */
  readonly text: readonly string[];
}

const kept = 100;
const longest = 4_000;

/** Collects the lines of a run; the first errors and warnings and the last of the other lines are kept. */
export function createOutputLog(): OutputLog & { stdout(line: string): void; stderr(line: string): void } {
  const errors: string[] = [];
  const warnings: string[] = [];
  const text: string[] = [];
  // Messages may have several lines, of which only the first is marked.
  let open: string[] | null = null;
  const stdout = (line: string) => {
    text.push(line.slice(0, longest));
    if (text.length > kept) text.shift();
  };
  const stderr = (line: string) => {
    const [, kind, message] = /^(ERROR|WARNING): (.*)$/s.exec(line) ?? [];
    if (message !== undefined) {
      open = kind === "ERROR" ? errors : warnings;
      if (open.length < kept) open.push(message.slice(0, longest));
      return;
    }
    const last = open?.at(-1);
    if (open !== null && last !== undefined) open[open.length - 1] = `${last}\n${line}`.slice(0, longest);
    else stdout(line);
  };
  return { errors, warnings, text, stdout, stderr };
}
