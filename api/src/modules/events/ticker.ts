/** Calls its members again and again, with one timer for all of them, which runs only while there are any. */
export interface Ticker {
  /** Adds a callback and returns the function that removes it. `now` is `performance.now()`. */
  add(member: (now: number) => void): () => void;
}

/** A {@link Ticker} that ticks every so many milliseconds. Shared by thousands of streams, since a timer for each would be expensive. */
export function createTicker(intervalMs: number): Ticker {
  const members = new Set<(now: number) => void>();
  let timer: ReturnType<typeof setInterval> | undefined;

  function tick(): void {
    const now = performance.now();
    for (const member of members) member(now);
  }

  return {
    add: (member) => {
      members.add(member);
      timer ??= setInterval(tick, intervalMs);
      return () => {
        members.delete(member);
        if (members.size > 0) return;
        clearInterval(timer);
        timer = undefined;
      };
    },
  };
}
