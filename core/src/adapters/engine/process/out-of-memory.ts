import type { ChildOutcome } from "./supervise.ts";

/** What a program says when the memory it asks for is refused: C and FFmpeg, its encoders, C++ and Python. */
const refused =
  /Cannot allocate memory|Memory allocation error|malloc of size \d+ failed|std::bad_alloc|^MemoryError\b/m;

/** What a shell answers of a program that SIGKILL has ended. */
const killedExitCode = 128 + 9;

/**
 * Whether a child failed because there was no memory for it: its limit was reached, which it says in its last words, or the
 * system's memory ran out, and then it was killed by somebody who is not us and said nothing.
 */
export function ranOutOfMemory({ exitCode, signal, stoppedBy }: ChildOutcome, words: string): boolean {
  if (stoppedBy !== null || exitCode === 0) return false;
  return signal === "SIGKILL" || exitCode === killedExitCode || refused.test(words);
}

/** How a child ended, for people: `exit code 1`, or the signal's name. */
export function endOf({ exitCode, signal }: ChildOutcome): string {
  return signal ?? (exitCode === null ? "an unknown end" : `exit code ${exitCode}`);
}
