import type { ChildOutcome } from "./supervise.ts";

/** Messages of failed allocations: C and FFmpeg, its encoders, C++ and Python. */
const refused =
  /Cannot allocate memory|Memory allocation error|malloc of size \d+ failed|std::bad_alloc|^MemoryError\b/m;

/** Exit code of a shell whose program was killed by SIGKILL. */
const killedExitCode = 128 + 9;

/**
 * Whether a child ran out of memory: it reached its limit and reported a failed allocation, or the kernel's OOM killer ended
 * it with a SIGKILL that we did not send.
 */
export function ranOutOfMemory({ exitCode, signal, stoppedBy }: ChildOutcome, words: string): boolean {
  if (stoppedBy !== null || exitCode === 0) return false;
  return signal === "SIGKILL" || exitCode === killedExitCode || refused.test(words);
}

/** How a child ended, for messages: `exit code 1`, or the name of the signal. */
export function endOf({ exitCode, signal }: ChildOutcome): string {
  return signal ?? (exitCode === null ? "an unknown end" : `exit code ${exitCode}`);
}
