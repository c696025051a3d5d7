import { describe, expect, test } from "bun:test";
import { createHeldClock, createServiceFixture } from "@vidferry/testing";
import fc from "fast-check";
import { jobTopic } from "../jobs/event-log.ts";
import type { AttemptLease } from "./lease.ts";
import { trackProgress } from "./progress.ts";
import { defineStep, type Step } from "./step.ts";

const step = (weight: number, index = 0): Step =>
  defineStep({ name: `step-${index}`, stage: "downloading", weight, inputs: {}, run: async () => null });

const lease: AttemptLease = {
  signal: new AbortController().signal,
  note: () => undefined,
  beat: async () => "written",
  begin: async () => undefined,
  release: async () => undefined,
};

async function createBench() {
  const clock = createHeldClock();
  const fixture = await createServiceFixture({}, { clock });
  const job = await fixture.claim(await fixture.submit());
  const progress = trackProgress(fixture.deps, job, lease, async () => undefined);
  const events: (number | null)[] = [];
  await fixture.deps.events.subscribe(jobTopic(job.id), (event) => {
    if (event?.type === "progress") events.push(event.data.progress.percent);
  });
  return { clock, progress, events, [Symbol.asyncDispose]: () => fixture[Symbol.asyncDispose]() };
}

describe("the progress of an attempt", () => {
  test("is that of all its steps, each by its weight", async () => {
    await using bench = await createBench();
    const { progress } = bench;
    const [large, small] = [step(9), step(1)];
    progress.plan([large, small], 100);
    progress.report(large, 0.5);
    expect(progress.current.percent).toBe(45);
    progress.report(small, 1);
    expect(progress.current.percent).toBe(55);
    progress.report(large, 1);
    expect(progress.current.percent).toBe(100);
  });

  test("goes on where it was when the plan becomes known", async () => {
    await using bench = await createBench();
    const { progress } = bench;
    const [first, second] = [step(1), step(1)];
    progress.plan([first], 2);
    progress.report(first, 1);
    expect(progress.current.percent).toBe(2);
    progress.plan([second], 100);
    progress.report(second, 0.5);
    expect(progress.current.percent).toBe(51);
  });

  test("never goes back and never leaves its scale, whatever steps report", async () => {
    await using bench = await createBench();
    const { progress } = bench;
    const steps = [1, 5, 0.1].map(step);
    const report = fc.tuple(fc.nat(2), fc.option(fc.double({ min: -1, max: 2, noNaN: true })));
    progress.plan(steps, 100);
    fc.assert(
      fc.property(fc.array(report), (reports) => {
        for (const [index, fraction] of reports) {
          const before = progress.current.percent ?? 0;
          progress.report(steps[index] ?? step(1), fraction);
          const after = progress.current.percent ?? 0;
          expect(after).toBeGreaterThanOrEqual(before);
          expect(after).toBeLessThanOrEqual(100);
        }
      }),
    );
  });

  test("tells followers four times a second at most", async () => {
    await using bench = await createBench();
    const { clock, progress, events } = bench;
    const only = step(1);
    progress.plan([only], 100);
    await progress.enter("downloading");
    for (let tenth = 1; tenth <= 20; tenth += 1) {
      progress.report(only, tenth / 20);
      // What is appended is delivered before the next one.
      await Bun.sleep(0);
      clock.advance(100);
    }
    expect(events.length).toBeGreaterThan(1);
    expect(events.length).toBeLessThanOrEqual(8);
  });
});
