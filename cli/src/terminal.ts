/** Where the commands write, so that tests can listen. */
export interface Terminal {
  /** Results, on standard output. */
  out(line: string): void;
  /** Everything else, on standard error. */
  note(line: string): void;
  /** Whether standard error is a terminal that can draw progress bars. */
  readonly interactive: boolean;
}

/** The text without what could steer the terminal: titles come from strangers. */
export const printable = (line: string): string =>
  line.replace(/[\p{Cc}\u202a-\u202e\u2066-\u2069]/gu, (char) => (char === "\t" || char === "\n" ? char : "\ufffd"));

/** The terminal of this process. */
export function processTerminal(): Terminal {
  return {
    out: (line) => void process.stdout.write(`${printable(line)}\n`),
    note: (line) => void process.stderr.write(`${printable(line)}\n`),
    interactive: process.stderr.isTTY === true && process.env["TERM"] !== "dumb",
  };
}
