// A timer set for longer than this fires at once, so longer waits are cut into pieces.
const longestTimerMs = 2_147_483_647;

/**
 * Waits `ms` milliseconds; zero and less wait for the next turn of the event loop.
 * Rejects with the signal's reason as soon as it aborts, and leaves neither timer nor listener behind.
 */
export async function sleep(ms: number, signal?: AbortSignal): Promise<void> {
  let remainingMs = Math.max(0, ms);
  do {
    const piece = Math.min(remainingMs, longestTimerMs);
    await wait(piece, signal);
    remainingMs -= piece;
  } while (remainingMs > 0);
}

function wait(ms: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) {
      reject(signal.reason);
      return;
    }
    const onAbort = (): void => {
      clearTimeout(timer);
      reject(signal?.reason);
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener("abort", onAbort);
      resolve();
    }, ms);
    signal?.addEventListener("abort", onAbort, { once: true });
  });
}
