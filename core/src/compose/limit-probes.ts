import { AppError } from "../errors/app-error.ts";
import type { ProbeLink } from "../pipeline/downloader.ts";
import type { Clock } from "../runtime/clock.ts";

export interface ProbeLimits {
  /** Concurrent probes; each is a process. */
  readonly atOnce: number;
  /** Concurrent probes of one holder, so that its slow source leaves slots for others. */
  readonly atOnceEach: number;
  /** Waiting probes of one holder; further ones are refused. */
  readonly waitingEach: number;
}

interface Holder {
  running: number;
  /** Callbacks of waiting probes, the oldest first. */
  readonly waiting: (() => void)[];
}

const retryAfterMs = 5_000;

/**
 * Limits concurrent probes: anybody with a key may probe, and a hundred processes at once would starve the jobs. Slots are
 * assigned round-robin to holders, not to probes: however many probes one holder has waiting, they do not delay another
 * holder. Rejects with `rate_limit_exceeded` when too many of a holder wait, and with the signal's reason when it aborts.
 */
export function limitProbes(probe: ProbeLink, limits: ProbeLimits, clock: Clock): ProbeLink {
  // In round-robin order: a holder that got a slot moves to the end.
  const holders = new Map<string, Holder>();
  let running = 0;

  /** Assigns free slots in round-robin order. */
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
