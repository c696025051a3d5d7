import { describe, expect, test } from "bun:test";
import { createHeldClock, createRecordingLogger, eventually } from "@vidferry/testing";
import { createMemoryTelemetry } from "../adapters/system/index.ts";
import { AppError } from "../errors/app-error.ts";
import type { JobStage } from "../jobs/states.ts";
import type { KeptOutputs } from "./kept-outputs.ts";
import { createRunner, type StepProgress } from "./runner.ts";
import { defineStep, type Step, type StepInputs, type StepRun, type ValuesOf } from "./step.ts";

/** Keeps outputs from one runner to the next. */
function memoryOfOutputs(): KeptOutputs {
  const memory = new Map<string, unknown>();
  const keyOf = (step: Step, values: unknown) => JSON.stringify([step.name, values]);
  return {
    find: async (step, values) => {
      const key = keyOf(step, values);
      return memory.has(key) ? { output: memory.get(key) } : null;
    },
    keep: async (step, values, output) => {
      if (step.files !== undefined) memory.set(keyOf(step, values), output);
    },
  };
}

/** A runner that writes down what it tells. */
function createBench(signal: AbortSignal = new AbortController().signal, kept = memoryOfOutputs()) {
  const entered: JobStage[] = [];
  const reports: [name: string, fraction: number | null][] = [];
  const finish = new AbortController();
  const logger = createRecordingLogger();
  const telemetry = createMemoryTelemetry();
  const progress: StepProgress = {
    plan: () => undefined,
    enter: async (stage) => void entered.push(stage),
    report: ({ name }, fraction) => void reports.push([name, fraction]),
  };
  const warned: number[] = [];
  const runner = createRunner({
    signal,
    finish: finish.signal,
    progress,
    logger,
    telemetry,
    kept,
    onWarning: (all) => void warned.push(all.length),
  });
  return { runner, entered, reports, finish, warned, telemetry };
}

function step<I extends StepInputs, T>(
  name: string,
  inputs: I,
  run: (values: ValuesOf<I>, run: StepRun) => Promise<T>,
  stage: JobStage = "downloading",
): Step<T> {
  return defineStep({ name, stage, weight: 1, inputs, run });
}

const untilAborted = (signal: AbortSignal): Promise<never> =>
  new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason), { once: true }));

describe("the runner of an attempt's steps", () => {
  test("runs a step when what it takes is there, whatever the order of the plan", async () => {
    const { runner } = createBench();
    const one = step("one", {}, async () => 1);
    const two = step("two", {}, async () => 2);
    const sum = step("sum", { one, two, three: null }, async ({ one: a, two: b, three }) => [a + b, three] as const);
    await runner.run([sum, two, one], 100);
    expect(runner.output(sum)).toEqual([3, null]);
  });

  test("runs side by side what does not depend on each other", async () => {
    const { runner } = createBench();
    const both = Promise.withResolvers<void>();
    let begun = 0;
    const meet = async () => {
      begun += 1;
      if (begun === 2) both.resolve();
      await both.promise;
    };
    await runner.run([step("one", {}, meet), step("two", {}, meet)], 100);
    expect(begun).toBe(2);
  });

  test("begins a step although another one, which it does not need, still runs", async () => {
    const { runner } = createBench();
    const gate = Promise.withResolvers<void>();
    const slow = step("slow", {}, () => gate.promise);
    const fast = step("fast", {}, async () => "fast");
    const next = step("next", { fast }, async () => gate.resolve(), "processing");
    await runner.run([slow, fast, next], 100);
  });

  test("remembers what ran before as inputs of what runs later", async () => {
    const { runner } = createBench();
    const first = step("first", {}, async () => "found");
    await runner.run([first], 2);
    const second = step("second", { first }, async (values) => `${values.first} and fetched`);
    await runner.run([second], 100);
    expect(runner.output(second)).toBe("found and fetched");
  });

  test("when a step fails, aborts the others, waits for their ends, and begins nothing more", async () => {
    const { runner } = createBench();
    const seen: string[] = [];
    const ends = Promise.withResolvers<void>();
    const others = step("others", {}, async (_, { signal }) => {
      await untilAborted(signal).catch(() => ends.promise);
      seen.push("others ended");
    });
    const fails = step("fails", {}, async () => {
      throw new AppError("video_removed");
    });
    const after = step("after", { others }, async () => void seen.push("begun after the failure"));
    const run = runner.run([others, fails, after], 100).catch((error: unknown) => {
      seen.push("failed");
      return error;
    });
    ends.resolve();
    expect(await run).toMatchObject({ code: "video_removed" });
    expect(seen).toEqual(["others ended", "failed"]);
  });

  test("a failure of the very last step is a failure", async () => {
    const { runner } = createBench();
    const fails = step("fails", {}, () => Promise.reject(new AppError("disk_full")));
    await expect(runner.run([fails], 100)).rejects.toMatchObject({ code: "disk_full" });
  });

  test("ends with the signal's reason after all steps have ended", async () => {
    const abort = new AbortController();
    const { runner } = createBench(abort.signal);
    let begun = 0;
    let ended = 0;
    const waits = (name: string) =>
      step(name, {}, async (_, { signal }) => {
        begun += 1;
        await untilAborted(signal).catch(() => undefined);
        ended += 1;
        throw new Error("killed");
      });
    const run = runner.run([waits("one"), waits("two")], 100);
    const reason = new Error("superseded");
    await eventually(() => begun === 2);
    abort.abort(reason);
    await expect(run).rejects.toBe(reason);
    expect(ended).toBe(2);
  });

  test("begins nothing when it was stopped before", async () => {
    const { runner } = createBench(AbortSignal.abort(new Error("over")));
    let begun = false;
    const never = step("never", {}, async () => {
      begun = true;
    });
    await expect(runner.run([never], 100)).rejects.toThrow("over");
    expect(begun).toBe(false);
  });

  test("a stage lasts until none of its steps is left, and never comes back", async () => {
    const { runner, entered } = createBench();
    const gate = Promise.withResolvers<void>();
    const fetch = step("fetch", {}, async () => "bytes");
    const captions = step("captions", {}, () => gate.promise);
    const shape = step("shape", { fetch }, async () => gate.resolve(), "processing");
    const store = step("store", { shape, captions }, async () => undefined, "storing");
    await runner.run([store, shape, captions, fetch], 100);
    // Processing took place, but beside the captions.
    expect([...new Set(entered)]).toEqual(["downloading", "storing"]);
  });

  test("a stage that may not be entered ends the run", async () => {
    const { runner } = createBench();
    const progress: StepProgress = {
      plan: () => undefined,
      enter: (stage) => (stage === "storing" ? Promise.reject(new Error("superseded")) : Promise.resolve()),
      report: () => undefined,
    };
    const { signal } = new AbortController();
    const fenced = createRunner({
      signal,
      finish: signal,
      progress,
      kept: memoryOfOutputs(),
      onWarning: () => undefined,
      logger: createRecordingLogger(),
      telemetry: createMemoryTelemetry(),
    });
    const fetch = step("fetch", {}, async () => "bytes");
    const store = step("store", { fetch }, async () => expect.unreachable(), "storing");
    await expect(fenced.run([fetch, store], 100)).rejects.toThrow("superseded");
    expect(() => runner.output(store)).toThrow("has not run");
  });

  test("reports what its steps report, and each as done when it has ended", async () => {
    const { runner, reports } = createBench();
    const half = step("half", {}, async (_, { report }) => report(0.5));
    await runner.run([half], 100);
    expect(reports).toEqual([
      ["half", 0.5],
      ["half", 1],
    ]);
  });

  test("what a step warns of twice is told once", async () => {
    const { runner, warned } = createBench();
    const converted = { code: "hdr_converted", detail: "of each result" };
    const shaped = step("shape", {}, async (_, { warn }) => {
      warn(converted);
      warn(converted);
      warn({ ...converted, detail: "of another" });
    });
    await runner.run([shaped], 100);
    expect(runner.warnings().map(({ detail }) => detail)).toEqual(["of each result", "of another"]);
    expect(warned).toEqual([1, 2]);
  });

  test("a step of best effort that fails leaves a warning, and what it would have made otherwise", async () => {
    const { runner, warned } = createBench();
    const cover = defineStep({
      name: "cover",
      stage: "downloading",
      weight: 1,
      inputs: {},
      otherwise: { output: null, warning: ({ code }) => ({ code: "thumbnail_missing", detail: code }) },
      run: async (): Promise<string | null> => {
        throw new AppError("processing_failed");
      },
    });
    const captions = step("captions", {}, async (_, { warn }) => warn({ code: "subtitles_missing", detail: "none" }));
    await runner.run([cover, captions], 100);
    expect(runner.output(cover)).toBeNull();
    expect(runner.warnings().map(({ code }) => code)).toEqual(["thumbnail_missing", "subtitles_missing"]);
    expect(warned).toEqual([1, 2]);
  });

  test("a step of best effort is stopped like any other", async () => {
    const abort = new AbortController();
    const { runner } = createBench(abort.signal);
    const cover = defineStep({
      name: "cover",
      stage: "downloading",
      weight: 1,
      inputs: {},
      otherwise: { output: null, warning: () => ({ code: "thumbnail_missing", detail: "" }) },
      run: (_, { signal }): Promise<null> => untilAborted(signal),
    });
    const run = runner.run([cover], 100);
    abort.abort(new Error("draining"));
    await expect(run).rejects.toThrow("draining");
    expect(runner.warnings()).toEqual([]);
  });

  test("that is asked to finish early keeps what a step has so far, and goes on with it", async () => {
    const { runner, finish } = createBench();
    const clock = createHeldClock();
    const minutes: number[] = [];
    const record = step("record", {}, async (_, { finish: end, signal }) => {
      while (!end.aborted) {
        minutes.push(minutes.length + 1);
        await clock.sleep(60_000, AbortSignal.any([end, signal])).catch(() => undefined);
      }
      return [...minutes];
    });
    const keep = step("keep", { record }, async ({ record: kept }) => kept.length, "storing");
    const run = runner.run([record, keep], 100);
    for (const minute of [1, 2, 3]) {
      await eventually(() => minutes.length === minute);
      if (minute < 3) clock.advance(60_000);
    }
    finish.abort();
    await run;
    expect(runner.output(keep)).toBe(3);
  });

  describe("of an attempt that comes again", () => {
    /** Fetches, shapes and stores; `broken` names the step that fails. */
    const attempt = (ran: string[], found: string, broken?: string) => {
      const work = (name: string, output: string) => async () => {
        ran.push(name);
        if (name === broken) throw new AppError("storage_error");
        return output;
      };
      const files = () => [];
      const resolve = step("resolve", {}, work("resolve", found), "resolving");
      const fetch = { ...step("fetch", { resolve }, work("fetch", `bytes of ${found}`)), files };
      const shape = { ...step("shape", { fetch }, work("shape", "a result"), "processing"), files };
      return [resolve, fetch, shape, step("store", { shape }, work("store", "stored"), "storing")];
    };

    test("begins at the first step whose output is not there", async () => {
      const kept = memoryOfOutputs();
      const first: string[] = [];
      const failing = createBench(undefined, kept).runner.run(attempt(first, "a video", "store"), 100);
      await expect(failing).rejects.toMatchObject({ code: "storage_error" });
      expect(first).toEqual(["resolve", "fetch", "shape", "store"]);
      const second: string[] = [];
      const { runner, reports } = createBench(undefined, kept);
      await runner.run(attempt(second, "a video"), 100);
      expect(second).toEqual(["resolve", "store"]);
      expect(reports.map(([name]) => name)).toEqual(["resolve", "fetch", "shape", "store"]);
    });

    test("makes everything anew that follows from what has changed", async () => {
      const kept = memoryOfOutputs();
      await createBench(undefined, kept).runner.run(attempt([], "a video"), 100);
      const again: string[] = [];
      await createBench(undefined, kept).runner.run(attempt(again, "another one"), 100);
      // The result of the same name has other bytes, which the mark of its files would tell.
      expect(again).toEqual(["resolve", "fetch", "shape", "store"]);
    });

    test.each([
      ["came with a warning", ({ warn }: StepRun) => warn({ code: "subtitles_missing", detail: "not sent" })],
      ["was not whole", ({ incomplete }: StepRun) => incomplete()],
    ])("tries again what %s", async (_, tell) => {
      const kept = memoryOfOutputs();
      let runs = 0;
      const captions = () => ({
        ...step("captions", {}, async (__, run) => {
          runs += 1;
          tell(run);
        }),
        files: () => [],
      });
      await createBench(undefined, kept).runner.run([captions()], 100);
      await createBench(undefined, kept).runner.run([captions()], 100);
      expect(runs).toBe(2);
    });

    test("has its marks written when the run is over, whatever its end", async () => {
      let marked = false;
      const slow: KeptOutputs = {
        find: async () => null,
        keep: async () => {
          await Bun.sleep(20);
          marked = true;
        },
      };
      const [resolve, ...rest] = attempt([], "a video", "fetch");
      const failing = createBench(undefined, slow).runner.run(resolve === undefined ? [] : [resolve, ...rest], 100);
      await expect(failing).rejects.toMatchObject({ code: "storage_error" });
      expect(marked).toBe(true);
    });
  });

  test("a plan whose inputs nobody makes is refused instead of waited for", async () => {
    const { runner } = createBench();
    const elsewhere = step("elsewhere", {}, async () => 1);
    const lost = step("lost", { elsewhere }, async () => 2);
    await expect(runner.run([lost], 100)).rejects.toThrow("nobody makes the inputs of lost");
  });
});
