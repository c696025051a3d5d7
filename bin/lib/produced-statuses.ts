import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";

/** The variable that names the folder where tests note which statuses of which operations they saw. */
export const producedStatusesVariable = "VIDFERRY_PRODUCED_STATUSES";

interface Document {
  readonly paths: Readonly<Record<string, Readonly<Record<string, { operationId: string; responses: object }>>>>;
}

/** Every documented status that no test produced, as `operation status`. */
export function neverProduced(document: Document, produced: ReadonlySet<string>): string[] {
  const documented = Object.values(document.paths)
    .flatMap((operations) => Object.values(operations))
    .flatMap(({ operationId, responses }) => Object.keys(responses).map((status) => `${operationId} ${status}`));
  return documented.filter((entry) => !produced.has(entry));
}

/** What the processes of a run noted, a file each. */
export async function readProduced(folder: string): Promise<Set<string>> {
  const files = await readdir(folder);
  const texts = await Promise.all(files.map((name) => readFile(join(folder, name), "utf8")));
  return new Set(texts.flatMap((text) => text.split("\n")).filter((line) => line !== ""));
}
