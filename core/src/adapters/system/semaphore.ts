/** A counting semaphore; waiters are served in order. */
export interface Semaphore {
  /** Number of holders and waiters. */
  readonly size: number;
  /** Resolves with the function that releases the permit, to be called once. Rejects with the signal's reason when it aborts before. */
  acquire(signal?: AbortSignal): Promise<() => void>;
}

/** A semaphore with this number of permits. */
export function createSemaphore(places: number): Semaphore {
  const waiting = new Set<() => void>();
  let inside = 0;
  // The permit is handed to the next waiter directly, so that a new caller cannot overtake it.
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
