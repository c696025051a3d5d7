import { readFile } from "node:fs/promises";
import { UsageError } from "@vidferry/core/program";

/**
 * The links of the command line, and those of `input`: a file, or `-` for standard input. One a line; blank lines and lines
 * that begin with `#` or `;` are left out. Throws {@link UsageError}.
 */
export async function readLinks(
  typed: readonly string[],
  input: string | undefined,
  stdin: () => Promise<string> = () => Bun.stdin.text(),
): Promise<readonly string[]> {
  if (input === undefined) return typed;
  const text =
    input === "-"
      ? await stdin()
      : await readFile(input, "utf8").catch((error: unknown) => {
          throw new UsageError(
            `--input: ${input} cannot be read (${error instanceof Error ? error.message : "unknown"})`,
          );
        });
  const lines = text
    .replace(/^\ufeff/, "")
    .split(/\r\n|\n|\r/)
    .map((line) => line.trim())
    .filter((line) => line !== "" && !/^[#;]/.test(line));
  return [...typed, ...lines];
}
