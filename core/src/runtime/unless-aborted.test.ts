import { describe, expect, test } from "bun:test";
import { unlessAborted } from "./unless-aborted.ts";

const never = new Promise<never>(() => undefined);

describe("work that takes no signal", () => {
  test("is waited for as long as nothing aborts", async () => {
    const { signal } = new AbortController();
    expect(await unlessAborted(Promise.resolve(1), signal)).toBe(1);
    expect(await unlessAborted(Promise.resolve(2), undefined)).toBe(2);
    const failure = new Error("failed");
    await expect(unlessAborted(Promise.reject(failure), signal)).rejects.toBe(failure);
  });

  test("is given up with the signal's reason, also when that aborted before", async () => {
    const abort = new AbortController();
    const reason = new Error("enough");
    const waiting = unlessAborted(never, abort.signal);
    abort.abort(reason);
    await expect(waiting).rejects.toBe(reason);
    await expect(unlessAborted(Promise.resolve(1), abort.signal)).rejects.toBe(reason);
  });

  test("leaves no listener on a long-lived signal", async () => {
    const { signal } = new AbortController();
    const listeners = new Set<unknown>();
    const { addEventListener, removeEventListener } = signal;
    signal.addEventListener = (...args: Parameters<typeof addEventListener>) => {
      listeners.add(args[1]);
      addEventListener.apply(signal, args);
    };
    signal.removeEventListener = (...args: Parameters<typeof removeEventListener>) => {
      listeners.delete(args[1]);
      removeEventListener.apply(signal, args);
    };
    await unlessAborted(Promise.resolve(1), signal);
    expect(listeners.size).toBe(0);
  });

  test("may fail after it was given up, and nobody hears of it", async () => {
    const { promise, reject } = Promise.withResolvers<never>();
    await expect(unlessAborted(promise, AbortSignal.abort(new Error("enough")))).rejects.toThrow("enough");
    reject(new Error("too late"));
    await Bun.sleep(0);
  });
});
