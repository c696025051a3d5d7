import { expect, test } from "bun:test";
import { join } from "node:path";
import { eventually, tempDir } from "@vidferry/testing";

/** Runs a test file with the check, and gives what the run says. */
async function runChecked(
  source: string,
  patienceMs: string,
): Promise<{ readonly code: number; readonly output: string }> {
  await using dir = await tempDir();
  await Bun.write(join(dir.path, "sample.test.ts"), `import { test } from "bun:test";\n${source}`);
  await Bun.write(
    join(dir.path, "other.test.ts"),
    'import { test } from "bun:test";\ntest("stands beside", () => {});',
  );
  const preload = `--preload=${join(import.meta.dir, "check.ts")}`;
  const child = Bun.spawn([process.execPath, "test", "--parallel=2", "--no-isolate", "--timeout=60000", preload], {
    cwd: dir.path,
    env: { ...process.env, TEST_RUN_DIR: dir.path, TEST_LEAK_PATIENCE_MS: patienceMs },
    stdout: "ignore",
    stderr: "pipe",
  });
  const output = await new Response(child.stderr).text();
  return { code: await child.exited, output };
}

test("a file that cleans up passes, also when a process that it ended takes some time to exit", async () => {
  const { code, output } = await runChecked(
    `
    import { mkdtempSync, rmSync } from "node:fs";
    import { tmpdir } from "node:os";
    import { join } from "node:path";
    test("cleans up", async () => {
      const folder = mkdtempSync(join(tmpdir(), "vidferry-"));
      setTimeout(() => rmSync(folder, { recursive: true }), 200);
      Bun.spawn(["sleep", "0.2"]);
      const server = Bun.serve({ port: 0, fetch: () => new Response("") });
      await fetch(server.url);
      await server.stop(true);
      process.once("SIGUSR2", () => {}).removeAllListeners("SIGUSR2");
    });`,
    "10000",
  );
  expect(output).not.toContain("left behind");
  expect(code).toBe(0);
}, 180_000);

test("each kind of thing that a file leaves behind is named and fails it", async () => {
  const { code, output } = await runChecked(
    `
    import { spawn } from "node:child_process";
    import { mkdtempSync } from "node:fs";
    import { createServer } from "node:net";
    import { tmpdir } from "node:os";
    import { join } from "node:path";
    test("leaves much", async () => {
      const folder = mkdtempSync(join(tmpdir(), "vidferry-"));
      Bun.spawn(["sleep", "3001"]);
      // Its parent is gone and its environment is empty; only its working folder shows where it belongs.
      spawn("/bin/sh", ["-c", "sleep 3002 &"], { cwd: folder, env: { PATH: process.env.PATH }, detached: true, stdio: "ignore" });
      Bun.serve({ port: 0, fetch: () => new Response("") });
      createServer().listen(join(folder, "socket"));
      process.on("SIGUSR2", () => {});
      await Bun.sleep(100);
    });`,
    "500",
  );
  expect(code).not.toBe(0);
  expect(output).toContain("sample.test.ts left behind:");
  expect(output).toContain(": sleep 3001");
  expect(output).toMatch(/a socket that listens on port \d+/);
  expect(output).toMatch(/a socket that listens on \S+\/socket/);
  expect(output).toContain("a listener of the process for SIGUSR2");
  const [, pid = ""] = /process (\d+): sleep 3002/.exec(output) ?? [];
  // What was named is gone afterwards.
  await eventually(() => {
    try {
      process.kill(Number(pid), 0);
      return false;
    } catch {
      return true;
    }
  });
}, 180_000);
