import type { Clock } from "./clock.ts";

/** What the work gives, or null where it takes longer than this, in milliseconds. It may hang, and is not stopped. */
export async function waitAtMost<T>(clock: Pick<Clock, "sleep">, ms: number, work: Promise<T>): Promise<T | null> {
  const ended = new AbortController();
  const late = clock.sleep(ms, ended.signal).then(
    () => null,
    () => null,
  );
  try {
    return await Promise.race([work, late]);
  } finally {
    ended.abort();
  }
}
