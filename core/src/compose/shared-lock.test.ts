import { describe, expect, test } from "bun:test";
import { createSharedLock } from "./shared-lock.ts";

const never = new AbortController().signal;

describe("the lock of attempts", () => {
  test("one that must run alone waits for those before it, and keeps those after it waiting", async () => {
    const lock = createSharedLock();
    const order: string[] = [];
    const releases = await Promise.all([lock.acquire(false, never), lock.acquire(false, never)]);
    const alone = lock.acquire(true, never).then((release) => {
      order.push("alone");
      return release;
    });
    const after = lock.acquire(false, never).then((release) => {
      order.push("after");
      return release;
    });
    for (const release of releases) {
      await Bun.sleep(1);
      expect(order).toEqual([]);
      release();
    }
    (await alone)();
    (await after)();
    expect(order).toEqual(["alone", "after"]);
  });

  test("one that gives up waiting keeps nobody from it", async () => {
    const lock = createSharedLock();
    const release = await lock.acquire(false, never);
    const impatient = new AbortController();
    const alone = lock.acquire(true, impatient.signal);
    const after = lock.acquire(false, never);
    impatient.abort(new Error("no more"));
    expect(await alone.catch((error: Error) => error.message)).toBe("no more");
    (await after)();
    release();
    (await lock.acquire(true, never))();
  });
});
