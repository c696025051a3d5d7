import { expect, test } from "bun:test";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { countTests } from "./junit.ts";

/** Runs a test file through the genuine runner and counts its report. */
async function runAndCount(source: string) {
  const folder = await mkdtemp(join(tmpdir(), "vidferry-junit-"));
  try {
    await Bun.write(join(folder, "sample.test.ts"), `import { describe, test } from "bun:test";\n${source}`);
    // A second file, because the runner gives a lone one no process of its own.
    await Bun.write(
      join(folder, "other.test.ts"),
      `import { test } from "bun:test";\ntest("stands beside", () => {});`,
    );
    const report = join(folder, "report.xml");
    const command = [process.execPath, "test", "--parallel=2", "--reporter=junit", `--reporter-outfile=${report}`];
    await Bun.spawn(command, { cwd: folder, stdout: "ignore", stderr: "ignore" }).exited;
    return countTests(await Bun.file(report).text());
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

test("passes, failures, skips and todos are counted apart, also inside nested suites", async () => {
  const counts = await runAndCount(`
    test("passes", () => {});
    describe("outer", () => {
      describe("inner <&>", () => {
        test("fails", () => { throw new Error("</testcase><testcase name='fake'/>"); });
        test.skip("is left out", () => {});
      });
      test.todo("comes later");
      test("passes > too", () => {});
    });`);
  expect(counts.passed).toBe(3);
  expect(counts.failed).toBe(1);
  expect(counts.skipped.map((name) => name.split(" > ").at(-1))).toEqual(["is left out", "comes later"]);
  expect(counts.skipped[0]).toContain("inner <&>");
});

test("a test file that kills its process counts as a failure", async () => {
  const counts = await runAndCount(`test("dies", () => { process.kill(process.pid, "SIGKILL"); });`);
  expect(counts.failed).toBe(1);
});
