import { describe, expect, test } from "bun:test";
import { within } from "./within.ts";

const never = new Promise<never>(() => undefined);

describe("work within a time", () => {
  test("settles as the work does when that is in time", async () => {
    expect(await within(60_000, Promise.resolve(1), () => new Error("late"))).toBe(1);
    const failure = new Error("refused");
    await expect(within(60_000, Promise.reject(failure), () => new Error("late"))).rejects.toBe(failure);
  });

  test("rejects with what it is told when the time is up, and asks for that once", async () => {
    let asked = 0;
    const late = () => {
      asked += 1;
      return new Error("no answer");
    };
    await expect(within(1, never, late)).rejects.toThrow("no answer");
    expect(asked).toBe(1);
  });

  test("hears nothing of work that fails after the time is up", async () => {
    const { promise, reject } = Promise.withResolvers<never>();
    await expect(within(1, promise, () => new Error("late"))).rejects.toThrow("late");
    reject(new Error("later still"));
    await Bun.sleep(0);
  });
});
