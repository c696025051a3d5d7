import { parseArgs } from "node:util";
import { UsageError } from "@vidferry/core/program";

type Options = NonNullable<NonNullable<Parameters<typeof parseArgs>[0]>["options"]>;

/** The options of a command and what else it was given. Throws {@link UsageError} with its usage for an option that it has not. */
export function readOptions<O extends Options>(args: readonly string[], options: O, usage: string) {
  try {
    return parseArgs({ args: [...args], options, strict: true, allowPositionals: true });
  } catch (error) {
    throw new UsageError(`${error instanceof Error ? error.message : "unknown option"}\n\n${usage}`);
  }
}
