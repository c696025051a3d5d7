import { afterEach, expect, test } from "bun:test";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { programFile, tempDir } from "@vidferry/testing";
import { bundlePrograms } from "./bundle-programs.ts";

const root = join(import.meta.dir, "../..");
const variable = "TEST_BUNDLES_DIR";
const before = process.env[variable];
// Other test files run in this process, and find the bundles of the run by it.
afterEach(() => {
  if (before === undefined) delete process.env[variable];
  else process.env[variable] = before;
});

test("a bundled program is found by its source, and finds what lies beside its sources", async () => {
  await using dir = await tempDir();
  await bundlePrograms(root, dir.path);
  process.env[variable] = dir.path;
  const program = programFile(new URL("../../cli/src/main.ts", import.meta.url));
  expect(program).toBe(join(dir.path, "cli/src/main.js"));
  const child = Bun.spawn([process.execPath, "--no-install", "--no-env-file", program, "migrate"], {
    cwd: dir.path,
    env: { PATH: process.env["PATH"], HOME: dir.path, DATABASE_URL: "sqlite:migrated.db", WORK_DIR: "work" },
    stderr: "pipe",
  });
  expect(await new Response(child.stderr).text()).not.toContain("error");
  expect(await child.exited).toBe(0);
  expect(existsSync(join(dir.path, "migrated.db"))).toBe(true);
});

test("a program without a bundle runs from its source", async () => {
  await using dir = await tempDir();
  process.env[variable] = dir.path;
  expect(programFile(new URL(import.meta.url))).toBe(import.meta.path);
});
