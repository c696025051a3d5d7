/** Lets so many in at a time; the others wait in line. */
export interface Semaphore {
  /** How many are inside or wait. */
  readonly size: number;
  /** Resolves to what gives the place back, to be called once. Rejects with the signal's reason when it aborts before. */
  acquire(signal?: AbortSignal): Promise<() => void>;
}

/** A semaphore with so many places. */
export function createSemaphore(places: number): Semaphore {
  const waiting = new Set<() => void>();
  let inside = 0;
  // Whoever leaves hands the place over, so that nobody who comes in between can take it.
  const release = () => {
    inside -= 1;
    const [next] = waiting;
    next?.();
  };
  return {
    get size() {
      return inside + waiting.size;
    },
    acquire(signal) {
      const { promise, resolve, reject } = Promise.withResolvers<() => void>();
      const leaveLine = () => {
        waiting.delete(admit);
        signal?.removeEventListener("abort", onAbort);
      };
      const admit = () => {
        leaveLine();
        inside += 1;
        resolve(release);
      };
      const onAbort = () => {
        leaveLine();
        reject(signal?.reason);
      };
      if (signal?.aborted) onAbort();
      else if (inside < places) admit();
      else {
        waiting.add(admit);
        signal?.addEventListener("abort", onAbort, { once: true });
      }
      return promise;
    },
  };
}
