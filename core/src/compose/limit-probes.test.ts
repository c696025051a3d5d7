import { describe, expect, test } from "bun:test";
import type { Probe } from "../ports/downloader.ts";
import { eventually } from "../testing/eventually.ts";
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
    const limited = limitProbes(probe, { atOnce: 2, waiting: 3 });
    const asked = Array.from({ length: 7 }, (_, index) => limited(`${index}`, { signal: never }));
    const outcomes = Promise.allSettled(asked);
    await eventually(() => calls.length === 2);
    for (let done = 0; done < 5; done++) {
      await eventually(() => calls.length > done);
      expect(calls.length).toBeLessThanOrEqual(done + 2);
      calls[done]?.();
    }
    const states = (await outcomes).map((outcome) => (outcome.status === "fulfilled" ? "found" : outcome.reason.code));
    expect(states).toEqual(["found", "found", "found", "found", "found", "unavailable", "unavailable"]);
  });

  test("forgets who gives up while waiting, and lets a failure free its place", async () => {
    const held = heldProbe();
    let fails = true;
    const limited = limitProbes(() => (fails ? Promise.reject(new Error("refused")) : held.probe()), {
      atOnce: 1,
      waiting: 5,
    });
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
});
