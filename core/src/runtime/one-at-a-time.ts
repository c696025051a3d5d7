/**
 * Joins a call to the one before it while that has not settled. For work that may hang and cannot be stopped: each look at a network
 * disk whose server is away holds a thread of the process for as long as that lasts.
 */
export function oneAtATime<A extends readonly unknown[], T>(
  work: (...args: A) => Promise<T>,
): (...args: A) => Promise<T> {
  let running: Promise<T> | null = null;
  return (...args) => {
    running ??= work(...args).finally(() => {
      running = null;
    });
    return running;
  };
}
