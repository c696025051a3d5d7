import { AppError } from "../errors/app-error.ts";
import type { ProbeLink } from "../pipeline/downloader.ts";
import type { Clock } from "../runtime/clock.ts";

export interface ProbeLimits {
  /** Looked at at once; each is a process. */
  readonly atOnce: number;
  /** Of these for one holder, so that a slow source of one leaves room for the others. */
  readonly atOnceEach: number;
  /** Waiting for their turn, of one holder; what comes then is turned away. */
  readonly waitingEach: number;
}

interface Holder {
  running: number;
  /** Lets the waiting go on, the oldest first. */
  readonly waiting: (() => void)[];
}

const retryAfterMs = 5_000;

/**
 * Looks at a few links at a time: anybody with a key may ask, and a hundred processes at once would take the machine from the
 * jobs. Places are handed out in turn to those who wait, not to their questions: however many one holder asks, another waits
 * for a place and not for them. Rejects with `rate_limit_exceeded` when too many of a holder wait, and with the signal's reason
 * when the asker gives up.
 */
export function limitProbes(probe: ProbeLink, limits: ProbeLimits, clock: Clock): ProbeLink {
  // In the order of their turns: whoever got a place goes to the end.
  const holders = new Map<string, Holder>();
  let running = 0;

  /** Gives free places to those whose turn it is. */
  const handOut = () => {
    for (;;) {
      if (running >= limits.atOnce) return;
      const next = [...holders].find(([, { running, waiting }]) => waiting.length > 0 && running < limits.atOnceEach);
      if (next === undefined) return;
      const [name, holder] = next;
      holders.delete(name);
      holders.set(name, holder);
      holder.running += 1;
      running += 1;
      holder.waiting.shift()?.();
    }
  };
  const turn = (name: string, signal: AbortSignal): Promise<void> => {
    const holder = holders.get(name) ?? { running: 0, waiting: [] };
    if (holder.waiting.length >= limits.waitingEach) {
      throw new AppError("rate_limit_exceeded", "Too many links of this key wait to be looked at.", {
        hint: "Try again in a few seconds.",
        retryAt: new Date(clock.now().getTime() + retryAfterMs),
      });
    }
    holders.set(name, holder);
    return new Promise<void>((resolve, reject) => {
      const onAbort = () => {
        holder.waiting.splice(holder.waiting.indexOf(next), 1);
        forget(name, holder);
        reject(signal.reason);
      };
      const next = () => {
        signal.removeEventListener("abort", onAbort);
        resolve();
      };
      holder.waiting.push(next);
      signal.addEventListener("abort", onAbort, { once: true });
      handOut();
    });
  };
  const forget = (name: string, { running, waiting }: Holder) => {
    if (running === 0 && waiting.length === 0) holders.delete(name);
  };
  const leave = (name: string) => {
    running -= 1;
    const holder = holders.get(name);
    if (holder !== undefined) {
      holder.running -= 1;
      forget(name, holder);
    }
    handOut();
  };

  return async (url, options) => {
    options.signal.throwIfAborted();
    const name = options.holder ?? "";
    await turn(name, options.signal);
    try {
      return await probe(url, options);
    } finally {
      leave(name);
    }
  };
}
