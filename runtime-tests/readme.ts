import { readFile } from "node:fs/promises";

/** The first program of a page: its block of JavaScript, as somebody copies it. */
export async function programIn(page: string): Promise<string> {
  const [, program] = /^```js\n([\s\S]*?)^```$/m.exec(await readFile(page, "utf8")) ?? [];
  if (program === undefined) throw new Error(`${page} has no program`);
  return program;
}

/** The program with more options where it makes an instance; only what every machine has of its own may be missing in a page. */
export function withOptions(program: string, options: object): string {
  const added = program.replace(/createVidferry\(\{/, `createVidferry({ ...${JSON.stringify(options)},`);
  if (added === program) throw new Error("the program makes no instance");
  return added;
}
