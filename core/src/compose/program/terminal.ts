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

/** The terminal of this process; `term` is what the variable TERM says. */
export function processTerminal(term?: string): Terminal {
  return {
    out: (line) => void process.stdout.write(`${printable(line)}\n`),
    note: (line) => void process.stderr.write(`${printable(line)}\n`),
    interactive: process.stderr.isTTY === true && term !== "dumb",
  };
}

/**
 * Waits until all that was written has left this process: on a pipe a reader may be slower than we are, and what it has not
 * taken when the process exits is lost. A reader that went away (`| head`) has all it wanted.
 */
export async function flushOutput(): Promise<void> {
  await Promise.all([process.stdout, process.stderr].map((stream) => new Promise<void>((done) => stream.end(done))));
}

// The reader went away; or the command has ended, and a library that is still closing had something to say.
const harmless = new Set(["EPIPE", "ERR_STREAM_WRITE_AFTER_END"]);

/** Lets a command go on quietly when nobody reads its output any more; without this it would end with a stack trace. */
export function outliveReaders(): void {
  for (const stream of [process.stdout, process.stderr]) {
    stream.on("error", (error: Error & { readonly code?: string }) => {
      if (!harmless.has(error.code ?? "")) throw error;
    });
  }
}
