import { describe, expect, test } from "bun:test";
import { createSharedLock } from "./shared-lock.ts";

const never = new AbortController().signal;

describe("the lock of attempts", () => {
  test("one that must run alone waits for those before it, and keeps those after it waiting", async () => {
    const lock = createSharedLock(8);
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
    const lock = createSharedLock(8);
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

  test("more than there may be wait for one that ends, in the order of their calls", async () => {
    const lock = createSharedLock(2);
    const order: number[] = [];
    const [first, second] = await Promise.all([lock.acquire(false, never), lock.acquire(false, never)]);
    const [third, fourth] = [3, 4].map(async (number) => {
      const release = await lock.acquire(false, never);
      order.push(number);
      return release;
    });
    await Bun.sleep(1);
    expect(order).toEqual([]);
    second?.();
    (await third)?.();
    (await fourth)?.();
    expect(order).toEqual([3, 4]);
    first?.();
  });
});
