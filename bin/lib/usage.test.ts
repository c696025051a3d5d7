import { expect, test } from "bun:test";
import { spawnSync } from "node:child_process";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { tempDir } from "@vidferry/testing";

test("a program says how it is used, when it is asked and when an option is wrong", async () => {
  await using dir = await tempDir("vidferry-usage");
  const program = join(dir.path, "program.ts");
  await writeFile(
    program,
    `import { parseArgs } from "node:util";
    import { orUsage } from ${JSON.stringify(join(import.meta.dir, "usage.ts"))};
    const { values } = orUsage("program [--jobs N]", () => parseArgs({ options: { jobs: { type: "string" } } }));
    console.log("jobs", values.jobs);`,
  );
  const run = (...args: readonly string[]) => {
    const { status, stdout, stderr } = spawnSync(process.execPath, [program, ...args], { encoding: "utf8" });
    return [status, stdout.trim(), stderr.trim()];
  };
  expect(run("--jobs", "3")).toEqual([0, "jobs 3", ""]);
  expect(run("--help")).toEqual([0, "program [--jobs N]", ""]);
  expect(run("--job", "3")).toEqual([
    2,
    "",
    expect.stringMatching(/^Unknown option '--job'[\s\S]*\nprogram \[--jobs N\]$/),
  ]);
  expect(run("--jobs")).toEqual([2, "", expect.stringContaining("program [--jobs N]")]);
});
