import { within } from "../system/within.ts";

/** Waits for a command with a timeout: `onTimeout` runs when the time is up. */
export function settlesWithin<T>(ms: number, command: Promise<T>, onTimeout: () => void): Promise<T> {
  return within(ms, command, () => {
    onTimeout();
    return new Error(`no answer within ${ms} ms`);
  });
}
