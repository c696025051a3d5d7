/** The longest time that a request waits for, in seconds. */
const longestWait = 60;

/**
 * How many seconds a `Prefer` header asks to wait (RFC 7240 §4.3): 0 where it does not. What is not understood is ignored, as
 * the standard says, and a longer time is cut to the longest.
 */
export function preferredWait(header: string | undefined): number {
  for (const preference of (header ?? "").split(",")) {
    const seconds = /^\s*wait\s*=\s*"?(\d{1,9})"?\s*(;|$)/i.exec(preference)?.[1];
    if (seconds !== undefined) return Math.min(Number(seconds), longestWait);
  }
  return 0;
}
