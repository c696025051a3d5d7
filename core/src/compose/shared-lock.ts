/** A shared/exclusive lock within a process, which a limited number may share at a time. */
export interface SharedLock {
  /**
   * Resolves in the order of the calls to what releases the lock, to be called once. Rejects with the signal's reason when it
   * aborts before.
   */
  acquire(exclusive: boolean, signal: AbortSignal): Promise<() => void>;
}

/** Makes a {@link SharedLock}. */
export function createSharedLock(mostHolders: number): SharedLock {
  const waiting: { readonly exclusive: boolean; readonly begin: () => void }[] = [];
  let holders = 0;
  let isExclusive = false;

  const admit = () => {
    for (let next = waiting[0]; next !== undefined; next = waiting[0]) {
      if (isExclusive || holders >= (next.exclusive ? 1 : mostHolders)) return;
      waiting.shift();
      holders += 1;
      isExclusive = next.exclusive;
      next.begin();
    }
  };
  const release = () => {
    holders -= 1;
    isExclusive = false;
    admit();
  };

  return {
    acquire: (exclusive, signal) =>
      new Promise((resolve, reject) => {
        const onAbort = () => {
          waiting.splice(waiting.indexOf(place), 1);
          reject(signal.reason);
          admit();
        };
        const place = {
          exclusive,
          begin: () => {
            signal.removeEventListener("abort", onAbort);
            resolve(release);
          },
        };
        signal.throwIfAborted();
        signal.addEventListener("abort", onAbort, { once: true });
        waiting.push(place);
        admit();
      }),
  };
}
