import { expect, test } from "bun:test";
import { basename, join } from "node:path";
import { tempDir } from "@vidferry/testing";

const index = join(import.meta.dir, "index.ts");

/** What a page loads for a program, minified: at once, and all of it. */
async function bundle(program: string): Promise<{ readonly atOnce: string; readonly all: string }> {
  await using dir = await tempDir("vidferry-bundle");
  const entry = join(dir.path, "entry.ts");
  await Bun.write(entry, program.replace("@vidferry/sdk", index));
  const { outputs } = await Bun.build({ entrypoints: [entry], minify: true, splitting: true, target: "browser" });
  const texts = new Map<string, string>();
  for (const output of outputs) texts.set(basename(output.path), await output.text());
  const loaded = new Set<string>();
  const load = (name: string): void => {
    if (loaded.has(name)) return;
    loaded.add(name);
    for (const [, other = ""] of (texts.get(name) ?? "").matchAll(/from"\.\/([^"]+)"/g)) load(other);
  };
  load("entry.js");
  return { atOnce: [...loaded].map((name) => texts.get(name)).join("\n"), all: [...texts.values()].join("\n") };
}

const gzipped = (text: string): number => Bun.gzipSync(text, { level: 9 }).length;

test("a page loads at most 12 kB for a client, and 7 kB more when it saves a file", async () => {
  const program = 'import { Vidferry } from "@vidferry/sdk"; globalThis.vidferry = new Vidferry();';
  const { atOnce, all } = await bundle(program);
  expect(atOnce).toContain("/api/v1/downloads");
  expect(gzipped(atOnce)).toBeLessThanOrEqual(12_000);
  expect(gzipped(all)).toBeLessThanOrEqual(19_000);
});

test("a program that only verifies webhooks carries no client", async () => {
  const { all } = await bundle('import { verifyWebhook } from "@vidferry/sdk"; globalThis.verify = verifyWebhook;');
  expect(all).not.toContain("/api/v1");
  expect(gzipped(all)).toBeLessThanOrEqual(1_500);
});

test("nothing in it is a module that pages do not have", async () => {
  const { all } = await bundle('export * from "@vidferry/sdk";');
  expect(all.match(/(?:from|import\(|require\()\s*["'`]node:[^"'`]+/g) ?? []).toEqual([]);
});
