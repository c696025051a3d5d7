/** Lets in so many at a time; the others wait their turn. */
export interface Gate {
  /** Resolves to what must be called on leaving. Rejects with the signal's reason when it aborts before. */
  enter(signal: AbortSignal | undefined): Promise<() => void>;
}

/** A gate for `most` at a time. */
export function createGate(most: number): Gate {
  const waiting = new Set<() => void>();
  let inside = 0;
  const leave = () => {
    inside -= 1;
    const [next] = waiting;
    next?.();
  };
  return {
    enter(signal) {
      const { promise, resolve, reject } = Promise.withResolvers<() => void>();
      const forget = () => {
        waiting.delete(admit);
        signal?.removeEventListener("abort", onAbort);
      };
      const admit = () => {
        forget();
        inside += 1;
        resolve(leave);
      };
      const onAbort = () => {
        forget();
        reject(signal?.reason);
      };
      if (signal?.aborted) onAbort();
      else if (inside < most) admit();
      else {
        waiting.add(admit);
        signal?.addEventListener("abort", onAbort, { once: true });
      }
      return promise;
    },
  };
}
