import type { Logger } from "../telemetry/logger.ts";
import type { Step } from "./step.ts";
import type { WorkFolder } from "./work-folders.ts";

/** What earlier attempts on this host have made already. Nothing here ever rejects: what is not kept is made again. */
export interface KeptOutputs {
  /** What the step made of these very inputs, if all of it is still there. */
  find(step: Step, values: unknown): Promise<{ readonly output: unknown } | null>;
  /** Marks the output as whole. */
  keep(step: Step, values: unknown, output: unknown): Promise<void>;
}

/** A mark, as it is written. */
interface Mark {
  readonly version: typeof markVersion;
  /** What the output was made of, as JSON text. */
  readonly madeOf: string;
  /** The files that it consists of, and their sizes. */
  readonly files: readonly { readonly path: string; readonly bytes: number | null }[];
  readonly output: unknown;
}

/** Goes up when what a step makes of the same inputs changes its form. */
const markVersion = 1;

const markName = (step: Step): string => `step-${step.name}.json`;

/**
 * Keeps outputs in the job's work folder: a small file beside them says what a step made of what, and is written when all of
 * it is there. A process that is killed in between leaves files without a mark, and the step runs again. After a loss of
 * power a file may be shorter than its mark says (file systems write a size after the bytes); then it does not count.
 */
export function keptOutputs(folder: WorkFolder, logger: Logger): KeptOutputs {
  const measure = async (path: string) => ({ path, bytes: await folder.bytesOf(path) });
  return {
    find: async (step, values) => {
      if (step.files === undefined) return null;
      try {
        const text = await folder.read(markName(step));
        if (text === null) return null;
        const mark = JSON.parse(text) as Mark;
        if (mark.version !== markVersion || mark.madeOf !== JSON.stringify(values)) return null;
        const files = await Promise.all(mark.files.map(({ path }) => measure(path)));
        const isWhole = files.every(({ bytes }, index) => bytes !== null && bytes === mark.files[index]?.bytes);
        return isWhole ? { output: mark.output } : null;
      } catch (error) {
        logger.debug("the mark of a step cannot be used", { step: step.name, error });
        return null;
      }
    },
    keep: async (step, values, output) => {
      if (step.files === undefined) return;
      try {
        const files = await Promise.all(step.files(output).map(measure));
        const mark: Mark = { version: markVersion, madeOf: JSON.stringify(values), files, output };
        await folder.write(markName(step), JSON.stringify(mark));
      } catch (error) {
        logger.debug("the output of a step is not kept for the next attempt", { step: step.name, error });
      }
    },
  };
}
