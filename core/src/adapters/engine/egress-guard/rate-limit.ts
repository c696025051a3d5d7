import { Transform } from "node:stream";
import { setTimeout as sleep } from "node:timers/promises";

/** Holds all connections together to so many bytes a second. */
export interface RateLimit {
  /** What a connection's bytes are passed through. */
  gate(): Transform;
}

/** Shorter waits are not worth a timer: they are made up for by the next one. */
const leastMs = 10;

/** A limit for all gates of it together; they take turns in the order in which bytes arrive. */
export function createRateLimit(bytesPerSecond: number): RateLimit {
  /** When all bytes that were let through would have passed at the rate. */
  let paidUntil = 0;
  const take = async (bytes: number): Promise<void> => {
    const now = performance.now();
    paidUntil = Math.max(paidUntil, now) + (bytes / bytesPerSecond) * 1_000;
    const waitMs = paidUntil - now;
    if (waitMs >= leastMs) await sleep(waitMs);
  };
  return {
    gate: () =>
      new Transform({
        transform: (chunk: Uint8Array, _encoding, done) => {
          take(chunk.length).then(() => done(null, chunk), done);
        },
      }),
  };
}
