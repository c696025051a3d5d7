/** What a {@link Ticker} calls. */
export interface TickerMember {
  /** @param now `performance.now()` */
  tick(now: number): void;
}

/** Calls its members again and again, with one timer for all of them, which runs only while there are any. */
export interface Ticker {
  add(member: TickerMember): void;
  /** Nothing happens when it is none of the members. */
  remove(member: TickerMember): void;
}

/** A {@link Ticker} that ticks every so many milliseconds. Shared by thousands of streams, since a timer for each would be expensive. */
export function createTicker(intervalMs: number): Ticker {
  const members = new Set<TickerMember>();
  let timer: ReturnType<typeof setInterval> | undefined;

  function tick(): void {
    const now = performance.now();
    for (const member of members) member.tick(now);
  }

  return {
    add: (member) => {
      members.add(member);
      timer ??= setInterval(tick, intervalMs);
    },
    remove: (member) => {
      members.delete(member);
      if (members.size > 0) return;
      clearInterval(timer);
      timer = undefined;
    },
  };
}
