import { describe, expect, test } from "bun:test";
import { eventually } from "@vidferry/testing";
import { systemClock } from "../adapters/system/clock.ts";
import type { Probe } from "../pipeline/downloader.ts";
import { limitProbes } from "./limit-probes.ts";

const found: Probe = {
  kind: "playlist",
  id: "x",
  title: null,
  channel: null,
  webpageUrl: "x",
  count: null,
  entries: [],
  nextCursor: null,
};
const never = new AbortController().signal;

/** A probe whose calls wait until they are let go. */
function heldProbe() {
  const calls: (() => void)[] = [];
  const probe = () => new Promise<Probe>((resolve) => void calls.push(() => resolve(found)));
  return { calls, probe };
}

describe("a limit on probes", () => {
  test("runs a few at a time, turns away who finds too many waiting, and lets everybody else have a turn", async () => {
    const { calls, probe } = heldProbe();
    const limited = limitProbes(probe, { atOnce: 2, atOnceEach: 2, waitingEach: 3 }, systemClock);
    const asked = Array.from({ length: 7 }, (_, index) => limited(`${index}`, { signal: never }));
    const outcomes = Promise.allSettled(asked);
    await eventually(() => calls.length === 2);
    for (let done = 0; done < 5; done++) {
      await eventually(() => calls.length > done);
      expect(calls.length).toBeLessThanOrEqual(done + 2);
      calls[done]?.();
    }
    const states = (await outcomes).map((outcome) => (outcome.status === "fulfilled" ? "found" : outcome.reason.code));
    expect(states).toEqual(["found", "found", "found", "found", "found", "rate_limit_exceeded", "rate_limit_exceeded"]);
  });

  test("forgets who gives up while waiting, and lets a failure free its place", async () => {
    const held = heldProbe();
    let fails = true;
    const limited = limitProbes(
      () => (fails ? Promise.reject(new Error("refused")) : held.probe()),
      {
        atOnce: 1,
        atOnceEach: 1,
        waitingEach: 5,
      },
      systemClock,
    );
    expect(await limited("a", { signal: never }).catch((error: Error) => error.message)).toBe("refused");
    fails = false;
    const first = limited("b", { signal: never });
    const impatient = new AbortController();
    const second = limited("c", { signal: impatient.signal }).catch((error: Error) => error.message);
    const third = limited("d", { signal: never });
    impatient.abort(new Error("gone"));
    expect(await second).toBe("gone");
    held.calls[0]?.();
    await first;
    await eventually(() => held.calls.length === 2);
    held.calls[1]?.();
    expect(await third).toBe(found);
  });

  test("keeps a place for others, however many slow links one holder asks about", async () => {
    const { calls, probe } = heldProbe();
    const limited = limitProbes(probe, { atOnce: 4, atOnceEach: 3, waitingEach: 60 }, systemClock);
    const greedy = Array.from({ length: 70 }, (_, index) => limited(`${index}`, { signal: never, holder: "a" }));
    const outcomes = Promise.allSettled(greedy);
    await eventually(() => calls.length === 3);
    const other = limited("mine", { signal: never, holder: "b" });
    await eventually(() => calls.length === 4);
    calls[3]?.();
    expect(await other).toBe(found);
    for (let done = 0; done < 63; done++) {
      const place = done < 3 ? done : done + 1;
      await eventually(() => calls.length > place);
      calls[place]?.();
    }
    const states = (await outcomes).map(({ status }) => status);
    expect(states.filter((status) => status === "rejected")).toHaveLength(7);
  });

  test("gives places to holders in turn", async () => {
    const order: string[] = [];
    const held = heldProbe();
    const limited = limitProbes(
      (url) => {
        order.push(url);
        return held.probe();
      },
      { atOnce: 1, atOnceEach: 1, waitingEach: 9 },
      systemClock,
    );
    const asked = ["a1", "a2", "a3", "b1", "c1"].map((url) => limited(url, { signal: never, holder: url.slice(0, 1) }));
    for (let done = 0; done < asked.length; done++) {
      await eventually(() => held.calls.length > done);
      held.calls[done]?.();
    }
    await Promise.all(asked);
    expect(order).toEqual(["a1", "a2", "b1", "c1", "a3"]);
  });
});
