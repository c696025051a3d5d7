import { expect, test } from "bun:test";
import { readFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { tempDir } from "@vidferry/testing";

const sdk = resolve(import.meta.dir, "..");

async function run(...args: readonly string[]): Promise<void> {
  const child = Bun.spawn([process.execPath, ...args], { cwd: sdk, stdout: "pipe", stderr: "pipe", timeout: 60_000 });
  const said = await new Response(child.stderr).text();
  expect({ code: await child.exited, said }).toMatchObject({ code: 0 });
}

test("the description and the types are those of today's API; `bun run generate` renews them", async () => {
  await using dir = await tempDir("vidferry-generate");
  const [document, types] = [join(dir.path, "openapi.json"), join(dir.path, "schema.ts")];
  await run("../api/scripts/emit-openapi.ts", document);
  expect(await readFile(join(sdk, "openapi.json"), "utf8")).toBe(await readFile(document, "utf8"));
  await run("scripts/generate-types.ts", document, types);
  expect(await readFile(join(sdk, "src/generated/schema.ts"), "utf8")).toBe(await readFile(types, "utf8"));
});

test("every field shows what it is in an editor", async () => {
  const text = await readFile(join(import.meta.dir, "generated/schema.ts"), "utf8");
  const lines = text.slice(text.indexOf("export interface components"), text.indexOf("    responses: {")).split("\n");
  const isField = (line: string): boolean => /^ {12,}"?[\w.-]+"?\??: /.test(line);
  expect(lines.filter(isField).length).toBeGreaterThan(500);
  expect(lines.filter((line, index) => isField(line) && !lines[index - 1]?.trim().endsWith("*/"))).toEqual([]);
});
