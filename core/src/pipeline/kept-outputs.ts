import type { Logger } from "../telemetry/logger.ts";
import type { Step } from "./step.ts";
import type { WorkFolder } from "./work-folders.ts";

/** Outputs of earlier attempts on this host. Nothing here ever rejects: a missing output is made again. */
export interface KeptOutputs {
  /** The output of the step for exactly these inputs, if all its files still exist. */
  find(step: Step, values: unknown): Promise<{ readonly output: unknown } | null>;
  /** Marks the output as complete. */
  keep(step: Step, values: unknown, output: unknown): Promise<void>;
}

/** A mark file. */
interface Mark {
  readonly version: typeof markVersion;
  /** The inputs of the output, as JSON text. */
  readonly madeOf: string;
  /** The files that it consists of, and their sizes. */
  readonly files: readonly { readonly path: string; readonly bytes: number | null }[];
  readonly output: unknown;
}

/** Increased when the output of a step changes its form for the same inputs. */
const markVersion = 2;

const markName = (step: Step): string => `step-${step.name}.json`;

/**
 * Keeps outputs in the job's work folder: a small mark file beside them records inputs and output of a step, and is written
 * when the output is complete. A process that is killed before leaves files without a mark, and the step runs again. After a
 * power loss a file may be shorter than its mark says (data may not be flushed yet); then the output is ignored.
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
