import { toAppError } from "../errors/app-error.ts";
import type { Warning } from "../jobs/job.ts";
import type { JobStage } from "../jobs/states.ts";
import type { Logger } from "../telemetry/logger.ts";
import type { Note, Telemetry } from "../telemetry/telemetry.ts";
import type { KeptOutputs } from "./kept-outputs.ts";
import type { Step, TransferFigures } from "./step.ts";

/** Receives the progress of the steps. */
export interface StepProgress {
  /** From now on these steps account, by their weights, for the progress up to this percentage. */
  plan(steps: readonly Step[], upToPercent: number): void;
  /** No unfinished step belongs to an earlier stage than this. Rejects when the attempt must not go on. */
  enter(stage: JobStage): Promise<void>;
  report(step: Step, fraction: number | null, figures?: TransferFigures): void;
}

export interface RunnerOptions {
  /** Stops all steps. */
  readonly signal: AbortSignal;
  /** See `StepRun.finish`. */
  readonly finish: AbortSignal;
  readonly progress: StepProgress;
  /** Called with all warnings so far when there is another one. */
  readonly onWarning: (all: readonly Warning[]) => void;
  /** Outputs that need not be made again. */
  readonly kept: KeptOutputs;
  readonly logger: Logger;
  readonly telemetry: Telemetry;
}

/** Runs the steps of one attempt. */
export interface StepRunner {
  /**
   * Runs these steps, each as soon as its inputs are available, concurrently where they do not depend on each other. When one
   * fails, or the signal aborts, the others are aborted, and the rejection waits until they have settled: the caller may then
   * delete what they worked on.
   */
  run(steps: readonly Step[], upToPercent: number): Promise<void>;
  /** The output of a completed step. */
  output<T>(step: Step<T>): T;
  /** The warnings of all steps so far, in the order of the plan. */
  warnings(): readonly Warning[];
}

const stageOrder: readonly JobStage[] = ["resolving", "downloading", "processing", "storing"];

/** Makes a {@link StepRunner}. It is independent of videos. */
export function createRunner(options: RunnerOptions): StepRunner {
  const { progress, kept, logger, telemetry } = options;
  const outputs = new Map<Step, unknown>();
  const warned = new Map<Step, readonly Warning[]>();
  const marks: Promise<void>[] = [];
  const warnings = (): Warning[] => [...warned.values()].flat();

  const valuesOf = (step: Step): Record<string, unknown> =>
    Object.fromEntries(
      Object.entries(step.inputs).map(([name, input]) => [name, input === null ? null : outputs.get(input)]),
    );
  const isReady = (step: Step): boolean =>
    Object.values(step.inputs).every((input) => input === null || outputs.has(input));

  const make = async (
    step: Step,
    values: Record<string, unknown>,
    signal: AbortSignal,
    note: Note<"step">,
  ): Promise<unknown> => {
    const warn = (warning: Warning) => {
      const before = warned.get(step) ?? [];
      // The picture and the sound, or each of several results, give the same reason.
      if (before.some(({ code, detail }) => code === warning.code && detail === warning.detail)) return;
      warned.set(step, [...before, warning]);
      options.onWarning(warnings());
    };
    let isWhole = true;
    try {
      signal.throwIfAborted();
      const output = await step.run(values, {
        signal,
        finish: options.finish,
        report: (fraction, figures) => progress.report(step, fraction, figures),
        warn,
        incomplete: () => {
          isWhole = false;
        },
      });
      // Not awaited here: the next steps need not wait. An output with warnings is incomplete: the next attempt tries again.
      if (isWhole && warned.get(step)?.length === 0) marks.push(kept.keep(step, values, output));
      return output;
    } catch (error) {
      if (step.otherwise === undefined || signal.aborted) throw error;
      logger.warn("a step of best effort failed", { step: step.name, error });
      note({ skipped: true });
      warn(step.otherwise.warning(toAppError(error)));
      return step.otherwise.output;
    }
  };
  const runStep = async (step: Step, signal: AbortSignal): Promise<void> => {
    const values = valuesOf(step);
    await telemetry.during("step", { step: step.name, stage: step.stage }, async (note) => {
      const found = await kept.find(step, values);
      note({ kept: found !== null });
      if (found !== null) logger.info("a step was done by an earlier attempt", { step: step.name });
      outputs.set(step, found === null ? await make(step, values, signal, note) : found.output);
    });
    progress.report(step, 1);
  };

  const run = async (steps: readonly Step[], signal: AbortSignal, stop: AbortController): Promise<void> => {
    const waiting = new Set(steps);
    const running = new Map<Step, Promise<void>>();
    const start = (step: Step) => {
      waiting.delete(step);
      const ended = runStep(step, signal)
        // The first failure is the reason; the others then abort with it, whatever they reject with.
        .catch((error: unknown) => stop.abort(signal.aborted ? signal.reason : error))
        .finally(() => running.delete(step));
      running.set(step, ended);
    };
    try {
      while (waiting.size + running.size > 0) {
        const unfinished = new Set([...waiting, ...running.keys()].map(({ stage }) => stage));
        const stage = stageOrder.find((each) => unfinished.has(each));
        if (stage !== undefined) await progress.enter(stage);
        signal.throwIfAborted();
        for (const step of waiting) if (isReady(step)) start(step);
        if (running.size > 0) await Promise.race(running.values());
        else if (waiting.size > 0)
          throw new Error(`nobody makes the inputs of ${[...waiting].map(({ name }) => name)}`);
      }
    } catch (error) {
      stop.abort(error);
      await Promise.all(running.values());
    }
    await Promise.all(marks);
    stop.signal.throwIfAborted();
  };

  return {
    run: async (steps, upToPercent) => {
      progress.plan(steps, upToPercent);
      // Named in the order of the plan, not in the order in which they end.
      for (const step of steps) warned.set(step, []);
      const stop = new AbortController();
      await run(steps, AbortSignal.any([options.signal, stop.signal]), stop);
    },
    output: <T>(step: Step<T>): T => {
      if (!outputs.has(step)) throw new Error(`the step ${step.name} has not run`);
      return outputs.get(step) as T;
    },
    warnings,
  };
}
