import { describe, expect, test } from "bun:test";
import { together } from "./together.ts";

const never = new AbortController().signal;
const caught = (work: Promise<unknown>) => work.catch((error: unknown) => error);
/** Goes on until it is told to stop, and takes a while to do so. */
const worker = (ends: string[], name: string) => async (signal: AbortSignal) => {
  await new Promise((resolve) => signal.addEventListener("abort", resolve, { once: true }));
  await new Promise((resolve) => setTimeout(resolve, 20));
  ends.push(name);
  throw signal.reason;
};

describe("work done together", () => {
  test("gives its results in order", async () => {
    const slow = () => new Promise<string>((resolve) => setTimeout(resolve, 10, "slow"));
    expect(await together(never, [slow, async () => "quick"])).toEqual(["slow", "quick"]);
    expect(await together(never, [])).toEqual([]);
  });

  test("is over when its last piece is, and fails for the first reason", async () => {
    const ends: string[] = [];
    const failing = async () => {
      throw new Error("first");
    };
    const ended = caught(together(never, [worker(ends, "one"), failing, worker(ends, "two")]));
    expect(await ended).toEqual(new Error("first"));
    expect(ends).toEqual(["one", "two"]);
  });

  test("ends with the signal's reason, when every piece has ended", async () => {
    const ends: string[] = [];
    const stop = new AbortController();
    const ended = caught(together(stop.signal, [worker(ends, "one"), worker(ends, "two")]));
    stop.abort("enough");
    expect(await ended).toBe("enough");
    expect(ends).toEqual(["one", "two"]);
  });
});
