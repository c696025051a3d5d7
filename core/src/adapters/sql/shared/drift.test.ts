import { describe, expect, test } from "bun:test";
import { cp, readdir } from "node:fs/promises";
import { join, relative } from "node:path";
import { tempDir } from "@vidferry/testing";

const core = join(import.meta.dir, "../../../..");

describe("the committed migrations", () => {
  for (const [folder, dialect] of [
    ["sqlite", "sqlite"],
    ["postgres", "postgresql"],
  ] as const) {
    test(`for ${folder} make the tables of the schema, with nothing left to generate`, async () => {
      await using dir = await tempDir();
      // On a copy, because drizzle-kit writes into the folder; it takes paths relative to where it runs.
      const out = join(dir.path, folder);
      await cp(join(core, "migrations", folder), out, { recursive: true });
      const before = await readdir(out);
      const schema = `./src/adapters/sql/${folder}/schema.ts`;
      const tool = join(core, "node_modules/.bin/drizzle-kit");
      const args = ["generate", "--dialect", dialect, "--schema", schema, "--out", relative(core, out)];
      const child = Bun.spawn([process.execPath, tool, ...args], {
        cwd: core,
        stdin: "ignore",
        stdout: "pipe",
        stderr: "pipe",
        timeout: 60_000,
      });
      const [said, complained] = await Promise.all([
        new Response(child.stdout).text(),
        new Response(child.stderr).text(),
      ]);
      expect({ code: await child.exited, complained }).toEqual({ code: 0, complained: "" });
      expect(said).toContain("No schema changes");
      expect(await readdir(out)).toEqual(before);
    });
  }
});
