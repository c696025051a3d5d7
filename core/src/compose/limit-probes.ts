import { AppError } from "../errors/app-error.ts";
import type { Downloader } from "../ports/downloader.ts";

export interface ProbeLimits {
  /** Looked at at once; each is a process. */
  readonly atOnce: number;
  /** Waiting for their turn; who comes then is turned away. */
  readonly waiting: number;
}

/**
 * Looks at a few links at a time: anybody with a key may ask, and a hundred processes at once would take the machine from the
 * jobs. Rejects with `unavailable` when too many wait, and with the signal's reason when the asker gives up.
 */
export function limitProbes(probe: Downloader["probe"], limits: ProbeLimits): Downloader["probe"] {
  const queue: (() => void)[] = [];
  let running = 0;

  const turn = async (signal: AbortSignal): Promise<void> => {
    if (running < limits.atOnce) {
      running += 1;
      return;
    }
    if (queue.length >= limits.waiting) {
      throw new AppError("unavailable", "Too many links are being looked at right now.", {
        hint: "Try again in a few seconds.",
      });
    }
    await new Promise<void>((resolve, reject) => {
      const onAbort = () => {
        queue.splice(queue.indexOf(next), 1);
        reject(signal.reason);
      };
      // Whoever ends hands its place over, so that nobody who comes in between can take it.
      const next = () => {
        signal.removeEventListener("abort", onAbort);
        resolve();
      };
      queue.push(next);
      signal.addEventListener("abort", onAbort, { once: true });
    });
  };
  const leave = () => {
    const next = queue.shift();
    if (next === undefined) running -= 1;
    else next();
  };

  return async (url, options) => {
    options.signal.throwIfAborted();
    await turn(options.signal);
    try {
      return await probe(url, options);
    } finally {
      leave();
    }
  };
}
