import type { AppError } from "../errors/app-error.ts";
import type { Progress, Warning } from "../jobs/job.ts";
import type { JobStage } from "../jobs/states.ts";

/** The figures of a transfer that a step may report beside its fraction. */
export type TransferFigures = Omit<Progress, "percent">;

/** What a step is given while it runs. */
export interface StepRun {
  /** Aborts when the step must stop: its attempt ends, or a step beside it failed. */
  readonly signal: AbortSignal;
  /**
   * Aborts when the attempt is to end early and keep what it has. A step that goes on for as long as its source sends then
   * ends with what it has; all others pay no attention.
   */
  readonly finish: AbortSignal;
  /** How far the step is, 0 to 1; null while nobody knows. */
  report(fraction: number | null, figures?: TransferFigures): void;
  /** Tells of something that was wanted and could not be had. */
  warn(warning: Warning): void;
}

/** Steps by the names under which another one takes their outputs; null: that one does without. */
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
  /** Makes the output. By the time it rejects nothing that it started still runs. */
  run(values: Readonly<Record<string, unknown>>, run: StepRun): Promise<T>;
  /**
   * Of a step whose output is kept for the next attempt on this host: the files in the work folder that it consists of. It
   * must follow from the inputs and the job's request alone. Absent: the step runs in every attempt.
   */
  files?(output: T): readonly string[];
  /** Of a step of best effort: when it fails, the attempt goes on with this output and this warning. */
  readonly otherwise?: { readonly output: T; warning(error: AppError): Warning };
}

/** Writes down a step; what `run` gets has the types of the inputs. */
export function defineStep<I extends StepInputs, T>(
  definition: Omit<Step<NoInfer<T>>, "inputs" | "run"> & {
    readonly inputs: I;
    run(values: ValuesOf<I>, run: StepRun): Promise<T>;
  },
): Step<T> {
  // The runner looks the values up by the very inputs that they are typed after.
  return { ...definition, run: (values, run) => definition.run(values as ValuesOf<I>, run) };
}
