import type { AppError } from "../errors/app-error.ts";
import type { Progress, Warning } from "../jobs/job.ts";
import type { JobStage } from "../jobs/states.ts";

/** Transfer figures that a step may report in addition to its fraction. */
export type TransferFigures = Omit<Progress, "percent">;

/** What a step is given while it runs. */
export interface StepRun {
  /** Aborts when the step must stop: its attempt ends, or a step beside it failed. */
  readonly signal: AbortSignal;
  /**
   * Aborts when the attempt should end early and keep its result so far. A step that records an endless source then completes
   * with what it has; all others ignore it.
   */
  readonly finish: AbortSignal;
  /** Reports the progress of the step, 0 to 1; null while unknown. */
  report(fraction: number | null, figures?: TransferFigures): void;
  /** Reports a part of the request that could not be fulfilled. The next attempt runs the step again. */
  warn(warning: Warning): void;
  /** The next attempt runs the step again, as after a warning: what is missing may be there then. */
  incomplete(): void;
}

/** The inputs of a step: steps by the names under which their outputs are passed; null: no such input. */
export type StepInputs = Readonly<Record<string, Step | null>>;

type ValueOf<S> = S extends Step<infer T> ? T : null;
/** The outputs of such steps. */
export type ValuesOf<I extends StepInputs> = { readonly [K in keyof I]: ValueOf<I[K]> };

/** One piece of work in an attempt. Its output is plain JSON: data, and paths of files in the work folder. */
export interface Step<T = unknown> {
  /** Unique within a plan. */
  readonly name: string;
  /** What a client sees while it runs. */
  readonly stage: JobStage;
  /** How much of the attempt's time it takes, compared with the other steps. */
  readonly weight: number;
  readonly inputs: StepInputs;
  /** Makes the output. By the time it rejects, everything that it started has ended. */
  run(values: Readonly<Record<string, unknown>>, run: StepRun): Promise<T>;
  /**
   * Of a step whose output is kept for the next attempt on this host: the files in the work folder that it consists of. It
   * must follow from the inputs and the job's request alone. Absent: the step runs in every attempt.
   */
  files?(output: T): readonly string[];
  /** Of a step of best effort: when it fails, the attempt goes on with this output and this warning. */
  readonly otherwise?: { readonly output: T; warning(error: AppError): Warning };
}

/** Defines a step; the values passed to `run` have the types of the inputs. */
export function defineStep<I extends StepInputs, T>(
  definition: Omit<Step<NoInfer<T>>, "inputs" | "run"> & {
    readonly inputs: I;
    run(values: ValuesOf<I>, run: StepRun): Promise<T>;
  },
): Step<T> {
  // Safe: the runner looks up the values by the same inputs that determine their types.
  return { ...definition, run: (values, run) => definition.run(values as ValuesOf<I>, run) };
}
