/** Says which attempts of a process run beside each other: any number of ordinary ones, or one that must run alone. */
export interface Company {
  /**
   * Resolves when the attempt may begin, in the order of the calls, to what ends its stay. Rejects with the signal's reason
   * when it aborts before.
   */
  enter(alone: boolean, signal: AbortSignal): Promise<() => void>;
}

/** Makes a {@link Company}. */
export function createCompany(): Company {
  const waiting: { readonly alone: boolean; readonly begin: () => void }[] = [];
  let inside = 0;
  let isTaken = false;

  const admit = () => {
    for (let next = waiting[0]; next !== undefined; next = waiting[0]) {
      if (isTaken || (next.alone && inside > 0)) return;
      waiting.shift();
      inside += 1;
      isTaken = next.alone;
      next.begin();
    }
  };
  const leave = () => {
    inside -= 1;
    isTaken = false;
    admit();
  };

  return {
    enter: (alone, signal) =>
      new Promise((resolve, reject) => {
        const onAbort = () => {
          waiting.splice(waiting.indexOf(place), 1);
          reject(signal.reason);
          admit();
        };
        const place = {
          alone,
          begin: () => {
            signal.removeEventListener("abort", onAbort);
            resolve(leave);
          },
        };
        signal.throwIfAborted();
        signal.addEventListener("abort", onAbort, { once: true });
        waiting.push(place);
        admit();
      }),
  };
}
