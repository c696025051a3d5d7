import { unlessAborted } from "./unless-aborted.ts";

const busy = new Map<string, Promise<void>>();

/** Does things of the same name one after the other, in this process. What waits ends with the signal's reason when that aborts. */
export async function oneAtATime<T>(name: string, signal: AbortSignal | undefined, work: () => Promise<T>): Promise<T> {
  for (let before = busy.get(name); before !== undefined; before = busy.get(name)) await unlessAborted(before, signal);
  const { promise, resolve } = Promise.withResolvers<void>();
  busy.set(name, promise);
  try {
    return await work();
  } finally {
    busy.delete(name);
    resolve();
  }
}
