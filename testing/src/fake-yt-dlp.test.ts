import { expect, test } from "bun:test";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { eventually } from "./eventually.ts";
import { createFakeYtDlp, type FakeYtDlpScript } from "./fake-yt-dlp.ts";
import { tempDir } from "./temp-dir.ts";

async function start(dir: string, script: FakeYtDlpScript, args: readonly string[] = []) {
  const child = spawn(await createFakeYtDlp(dir, script), args, {
    cwd: dir,
    detached: true,
    stdio: ["ignore", "pipe", "pipe"],
  });
  const exit = once(child, "close").then(([code, signal]) => ({ code, signal }));
  return { child, exit, stdout: text(child.stdout), stderr: text(child.stderr) };
}

const isAlive = (pid: number) => {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
};

const killGroup = (child: ChildProcess) => {
  if (child.pid !== undefined) process.kill(-child.pid, "SIGKILL");
};

test("prints its lines on the stream they are meant for and ends with its code", async () => {
  await using dir = await tempDir();
  const steps = [
    { stdout: `it's "quoted" $HOME %s` },
    { stderr: "ERROR: no" },
    { writeFile: "a.txt", content: "hi" },
    { writeArguments: "args" },
  ];
  const run = await start(dir.path, { steps, exitCode: 3 }, ["-x", "two words"]);
  expect(await run.exit).toEqual({ code: 3, signal: null });
  expect(await run.stdout).toBe(`it's "quoted" $HOME %s\n`);
  expect(await run.stderr).toBe("ERROR: no\n");
  expect(await readFile(join(dir.path, "a.txt"), "utf8")).toBe("hi");
  expect(await readFile(join(dir.path, "args"), "utf8")).toBe("-x\ntwo words\n");
});

test("answers --version without running its steps", async () => {
  await using dir = await tempDir();
  const run = await start(dir.path, { version: "2025.01.01", steps: [{ sleepSeconds: 60 }] }, ["--version"]);
  expect(await run.stdout).toBe("2025.01.01\n");
});

test("ends on SIGINT as yt-dlp does, in the middle of a sleep", async () => {
  await using dir = await tempDir();
  const run = await start(dir.path, { steps: [{ writePid: "pid" }, { sleepSeconds: 60 }] });
  await eventually(() => readFile(join(dir.path, "pid"), "utf8"));
  run.child.kill("SIGINT");
  expect(await run.exit).toEqual({ code: 1, signal: null });
  expect(await run.stderr).toContain("ERROR: Interrupted by user");
});

test("ignores signals when told to, and its grandchild outlives it", async () => {
  await using dir = await tempDir();
  const run = await start(dir.path, {
    onInterrupt: "ignore",
    onTerminate: "ignore",
    steps: [{ grandchildPid: "grandchild" }, { stdout: "ready" }, { sleepSeconds: 60 }],
  });
  const grandchild = Number(await eventually(() => readFile(join(dir.path, "grandchild"), "utf8")));
  run.child.kill("SIGINT");
  run.child.kill("SIGTERM");
  await eventually(() => isAlive(grandchild));
  expect(run.child.exitCode).toBeNull();
  // Its sleeping child holds the output open, so the leader's end shows in "exit" alone.
  const leaderExit = once(run.child, "exit");
  run.child.kill("SIGKILL");
  expect(await leaderExit).toEqual([null, "SIGKILL"]);
  expect(isAlive(grandchild)).toBe(true);
  killGroup(run.child);
  await eventually(() => !isAlive(grandchild), { message: "the grandchild's end" });
});
