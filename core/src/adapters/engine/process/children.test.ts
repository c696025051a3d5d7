import { afterEach, describe, expect, test } from "bun:test";
import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { readFile, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { createFakeYtDlp, eventually, type FakeYtDlpScript, type TempDir, tempDir } from "@vidferry/testing";
import { capture, type RunOptions, run } from "./run.ts";

const env = { PATH: "/usr/local/bin:/usr/bin:/bin" };
const dirs: TempDir[] = [];
const folder = async () => {
  const dir = await tempDir("vidferry-children");
  dirs.push(dir);
  return dir.path;
};

afterEach(async () => {
  for (const dir of dirs.splice(0)) await dir[Symbol.asyncDispose]();
});

const isAlive = (pid: number) => {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
};
/** Alive, and not merely waiting to be collected. */
const isRunning = (pid: number) => isAlive(pid) && !/^State:\s+[ZX]/m.test(statusOf(pid));
const statusOf = (pid: number) => {
  try {
    return readFileSync(`/proc/${pid}/status`, "latin1");
  } catch {
    return "";
  }
};
const pids = async (file: string, count: number) =>
  eventually(async () => {
    const found = (await readFile(file, "utf8")).trim().split("\n").map(Number);
    return found.length >= count && found.every((pid) => pid > 1) ? found : null;
  });
const allGone = (list: readonly number[]) =>
  eventually(() => !list.some(isAlive), { message: `the end of ${list.join(", ")}` });

/** A fake that writes its process ids and then sleeps for a minute, run with these options. */
async function sleeper(script: FakeYtDlpScript, options: Partial<RunOptions>) {
  const dir = await folder();
  const file = join(dir, "pids");
  const steps = [...(script.steps ?? []), { writePid: file }, { sleepSeconds: 60 }];
  const program = await createFakeYtDlp(dir, { ...script, steps });
  return { child: run(program, [], { env, deadlineMs: 60_000, ...options }), file, dir };
}

describe("a child with a watchdog", () => {
  test("is over although something that left its group holds its output", async () => {
    const dir = await folder();
    const file = join(dir, "pids");
    const leaver = `import os, time
if os.fork() == 0:
    os.setsid()
    open(${JSON.stringify(file)}, "w").write(str(os.getpid()))
    time.sleep(60)
time.sleep(0.5)`;
    const { exitCode } = await run("python3", ["-c", leaver], { env, deadlineMs: 30_000, graceMs: 200 }).done;
    expect(exitCode).toBe(0);
    const [left = 0] = await pids(file, 1);
    expect(isAlive(left)).toBe(true);
    process.kill(left, "SIGKILL");
  });

  test("has a limit on its memory, told or not", async () => {
    const kibibytesOf = async (limits?: RunOptions["limits"]) => {
      const { stdout } = await capture("/bin/sh", ["-c", "ulimit -d"], {
        env,
        deadlineMs: 10_000,
        ...(limits === undefined ? {} : { limits }),
      });
      return Number(stdout);
    };
    expect(await kibibytesOf({ memoryBytes: 1024 ** 3 })).toBe(1024 ** 2);
    expect(await kibibytesOf()).toBe(2 * 1024 ** 2);
  });

  test("dies with everything it started when its owner is killed outright", async () => {
    const dir = await folder();
    const file = join(dir, "pids");
    const program = await createFakeYtDlp(dir, {
      onInterrupt: "ignore",
      onTerminate: "ignore",
      steps: [{ grandchildPid: file }, { writePid: file }, { sleepSeconds: 60 }],
    });
    const owner = join(dir, "owner.ts");
    const module = fileURLToPath(new URL("run.ts", import.meta.url));
    await writeFile(
      owner,
      `import { run } from ${JSON.stringify(module)};
       await run(${JSON.stringify(program)}, [], { env: ${JSON.stringify(env)}, deadlineMs: 60_000 }).done;`,
    );
    const process_ = spawn(process.execPath, [owner], { stdio: "ignore" });
    const children = await pids(file, 2);
    expect(children.every(isAlive)).toBeTrue();
    process_.kill("SIGKILL");
    await allGone(children);
  });

  test("can write no file beyond its limit", async () => {
    const dir = await folder();
    const script = "head -c 100000 /dev/zero > big || exit 9";
    const limited = { env, cwd: dir, deadlineMs: 20_000, limits: { fileSizeBytes: 10_240 } };
    const { exitCode } = await capture("/bin/sh", ["-c", script], limited);
    expect(exitCode).not.toBe(0);
    expect((await stat(join(dir, "big"))).size).toBeLessThanOrEqual(10_240);
  });

  test("is as nice as it is told to be", async () => {
    const nice = async (limits: RunOptions["limits"]) =>
      Number((await capture("nice", [], { env, deadlineMs: 20_000, ...(limits ? { limits } : {}) })).stdout);
    expect(await nice({ niceness: 7 })).toBe((await nice(undefined)) + 7);
  });

  test("has the given environment, arguments as they are, and an empty standard input", async () => {
    const script = 'cat; printf "%s|" "$@"; env | grep -c LEAK';
    process.env["VIDFERRY_TEST_LEAK"] = "1";
    const { stdout } = await capture("/bin/sh", ["-c", script, "sh", "a b", "$(id)", ""], { env, deadlineMs: 20_000 });
    delete process.env["VIDFERRY_TEST_LEAK"];
    expect(stdout).toBe("a b|$(id)||0");
  });

  test("ends with 127 when there is no such program", async () => {
    const { exitCode, stoppedBy } = await capture("/nowhere/program", [], { env, deadlineMs: 20_000 });
    expect([exitCode, stoppedBy]).toEqual([127, null]);
  });
});

describe("a supervised child", () => {
  test("gets an interrupt first and may end by itself", async () => {
    const lines: string[] = [];
    const { child, file } = await sleeper({}, { onStderr: (line) => lines.push(line) });
    const [pid = 0] = await pids(file, 1);
    child.stop("aborted");
    expect(await child.done).toEqual({ exitCode: 1, signal: null, stoppedBy: "aborted" });
    expect(lines).toContain("ERROR: Interrupted by user");
    expect(isAlive(pid)).toBeFalse();
  });

  test("that ignores signals is killed with its whole process group", async () => {
    const dir = await folder();
    const grandchild = join(dir, "grandchild");
    const script = { onInterrupt: "ignore", steps: [{ grandchildPid: grandchild }] } as const;
    const { child, file } = await sleeper(script, { graceMs: 50 });
    const all = [...(await pids(file, 1)), ...(await pids(grandchild, 1))];
    child.stop("aborted");
    expect(await child.done).toEqual({ exitCode: null, signal: "SIGKILL", stoppedBy: "aborted" });
    await allGone(all);
  });

  test("leaves no grandchild behind when it ends normally", async () => {
    const dir = await folder();
    const file = join(dir, "grandchild");
    const program = await createFakeYtDlp(dir, { steps: [{ grandchildPid: file }] });
    expect(await run(program, [], { env, deadlineMs: 60_000 }).done).toEqual({
      exitCode: 0,
      signal: null,
      stoppedBy: null,
    });
    await allGone(await pids(file, 1));
  });

  test("is over when everything in its group is, however long that takes to die", async () => {
    const dir = await folder();
    const file = join(dir, "pids");
    // Giving back this much memory takes the system some time; its owner is told of the end before that.
    const large = `import os, time
room = bytearray(b"x") * (150 << 20)
open(${JSON.stringify(file)}, "a").write(f"{os.getpid()}\\n")
time.sleep(60)`;
    const script = 'python3 -c "$1" >/dev/null 2>&1 & python3 -c "$1" >/dev/null 2>&1 & wait';
    const child = run("/bin/sh", ["-c", script, "sh", large], { env, deadlineMs: 60_000 });
    const all = await pids(file, 2);
    child.stop("limit");
    await child.done;
    expect(all.filter(isRunning)).toEqual([]);
  });

  test("tells the signal that ended it", async () => {
    expect(await run("/bin/sh", ["-c", "kill -KILL $$"], { env, deadlineMs: 60_000 }).done).toEqual({
      exitCode: null,
      signal: "SIGKILL",
      stoppedBy: null,
    });
  });

  test("is stopped at its deadline", async () => {
    const { child } = await sleeper({}, { deadlineMs: 100 });
    expect((await child.done).stoppedBy).toBe("deadline");
  });

  test("is stopped when nobody saw progress, however much it says", async () => {
    const dir = await folder();
    const program = await createFakeYtDlp(dir, { steps: [{ stdout: "working" }, { sleepSeconds: 60 }] });
    const { stoppedBy } = await run(program, [], { env, deadlineMs: 60_000, stallMs: 300 }).done;
    expect(stoppedBy).toBe("stalled");
  });

  test("lives on while it is touched", async () => {
    const dir = await folder();
    const steps = Array.from({ length: 12 }, () => [{ stdout: "step" }, { sleepSeconds: 0.1 }]).flat();
    const program = await createFakeYtDlp(dir, { steps });
    const child = run(program, [], { env, deadlineMs: 60_000, stallMs: 1_000, onStdout: () => child.touch() });
    expect(await child.done).toEqual({ exitCode: 0, signal: null, stoppedBy: null });
  });

  test("ends with its signal, also when that was aborted before", async () => {
    const controller = new AbortController();
    const { child, file } = await sleeper({}, { signal: controller.signal });
    await pids(file, 1);
    controller.abort();
    expect((await child.done).stoppedBy).toBe("aborted");
    const late = await sleeper({}, { signal: AbortSignal.abort(), graceMs: 50 });
    expect((await late.child.done).stoppedBy).toBe("aborted");
  });

  test("cannot fill the memory with a line that never ends", async () => {
    const lengths: number[] = [];
    const options = { env, deadlineMs: 60_000, onStdout: (line: string) => void lengths.push(line.length) };
    await run("/bin/sh", ["-c", "head -c 8000000 /dev/zero | tr '\\0' x; echo; echo end"], options).done;
    expect(lengths).toEqual([1 << 20, 3]);
  });

  test("that floods is read without keeping it, until it is stopped", async () => {
    const dir = await folder();
    const program = await createFakeYtDlp(dir, { steps: [{ flood: "noise" }] });
    let lines = 0;
    const child = run(program, [], {
      env,
      deadlineMs: 60_000,
      graceMs: 200,
      onStdout: () => {
        if (++lines === 1_000) child.stop("limit");
      },
    });
    expect((await child.done).stoppedBy).toBe("limit");
  });
});
