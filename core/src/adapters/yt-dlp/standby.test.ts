import { describe, expect, test } from "bun:test";
import { chmod, mkdir, readFile, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { eventually } from "../../testing/eventually.ts";
import { tempDir } from "../../testing/temp-dir.ts";
import { supervise } from "../process/index.ts";
import { createStandby, type Standby, type StandbyTask } from "./standby.ts";

const python = Bun.which("python3");
const path = process.env["PATH"] ?? "";

/** Says that it is loaded, and when it is told what to do, what it was told. */
const module = (folder: string) => `
import json, os, sys
open(${JSON.stringify(join(folder, "loaded"))}, "a").write(f"{os.getpid()}\\n")
def main(argv):
    print(json.dumps({"argv": argv, "cwd": os.getcwd(), "env": dict(os.environ), "stdin": sys.stdin.read()}))
    if "--large" in argv:
        open("large", "wb").write(bytes(200_000))
    return 3
`;

/** A stand-in for pip's installation of yt-dlp, and a standby on it. */
async function install(script = `#!${python}\nimport sys\nfrom yt_dlp import main\nsys.exit(main())\n`) {
  const dir = await tempDir("vidferry-standby");
  const binary = join(dir.path, "yt-dlp");
  await mkdir(join(dir.path, "yt_dlp"));
  await writeFile(join(dir.path, "yt_dlp/__init__.py"), module(dir.path));
  await writeFile(binary, script);
  await chmod(binary, 0o755);
  const standby = createStandby({ binary, path });
  const loaded = async (): Promise<number[]> => {
    const text = await readFile(join(dir.path, "loaded"), "utf8").catch(() => "");
    return text.split("\n").filter(Boolean).map(Number);
  };
  const task = (more: Partial<StandbyTask> = {}): StandbyTask => ({
    args: ["--one", "two words"],
    cwd: dir.path,
    env: { HOME: dir.path, PATH: path },
    fileSizeBytes: null,
    stdoutFile: null,
    ...more,
  });
  return {
    dir: dir.path,
    binary,
    standby,
    task,
    loaded,
    async [Symbol.asyncDispose]() {
      standby.close();
      await dir[Symbol.asyncDispose]();
    },
  };
}

/** Begins the task as soon as one is loaded. */
async function finish(standby: Standby, task: StandbyTask) {
  const child = await eventually(() => standby.begin(task));
  const lines: string[] = [];
  const outcome = await supervise(child, { deadlineMs: 20_000, onStdout: (line) => lines.push(line) }).done;
  return { ...outcome, pid: child.pid, lines };
}

const isAlive = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
};

describe.skipIf(python === null)("a yt-dlp that is loaded ahead", () => {
  test("the first call finds none; later ones get one that does as it is told, in place and environment", async () => {
    await using it = await install();
    expect(await it.standby.begin(it.task())).toBeNull();
    await eventually(async () => (await it.loaded()).length === 1);
    const [first] = await it.loaded();
    const done = await finish(it.standby, it.task());
    expect(done).toMatchObject({ exitCode: 3, stoppedBy: null, pid: first });
    const told = JSON.parse(done?.lines[0] ?? "");
    expect(told).toMatchObject({ argv: ["--one", "two words"], cwd: it.dir, stdin: "" });
    expect(Object.keys(told.env).sort()).toEqual(["HOME", "PATH"]);
    await eventually(async () => (await it.loaded()).length === 2);
  });

  test("its output goes into a file that only we may read, and no file grows beyond the limit", async () => {
    await using it = await install();
    await it.standby.begin(it.task());
    await eventually(async () => (await it.loaded()).length === 1);
    const stdoutFile = join(it.dir, "out.json");
    const done = await finish(it.standby, it.task({ args: ["--large"], stdoutFile, fileSizeBytes: 100_000 }));
    expect(done?.lines).toEqual([]);
    expect(done?.exitCode).toBe(1);
    expect(JSON.parse(await readFile(stdoutFile, "utf8")).argv).toEqual(["--large"]);
    expect((await stat(stdoutFile)).mode & 0o777).toBe(0o600);
    expect((await stat(join(it.dir, "large"))).size).toBeLessThanOrEqual(100_000);
  });

  test("a program that was replaced is not served by the one that was loaded before", async () => {
    await using it = await install();
    await it.standby.begin(it.task());
    await eventually(async () => (await it.loaded()).length === 1);
    await writeFile(it.binary, `#!${python}\nfrom yt_dlp import main\nraise SystemExit(main())\n`);
    expect(await it.standby.begin(it.task())).toBeNull();
    const [old = 0] = await it.loaded();
    await eventually(() => !isAlive(old));
  });

  test("closing ends the one that waits, and begins none any more", async () => {
    await using it = await install();
    await it.standby.begin(it.task());
    await eventually(async () => (await it.loaded()).length === 1);
    it.standby.close();
    const [pid = 0] = await it.loaded();
    await eventually(() => !isAlive(pid));
    expect(await it.standby.begin(it.task())).toBeNull();
    expect(await it.loaded()).toHaveLength(1);
  });

  test("one that cannot load is given up after two tries", async () => {
    await using it = await install(`#!${python}\nfrom yt_dlp import main\n`);
    await writeFile(
      join(it.dir, "yt_dlp/__init__.py"),
      `open(${JSON.stringify(join(it.dir, "loaded"))}, "a").write(f"{__import__('os').getpid()}\\n")\nraise RuntimeError("broken")\n`,
    );
    for (const tries of [1, 2, 2, 2]) {
      await eventually(async () => {
        expect(await it.standby.begin(it.task())).toBeNull();
        return (await it.loaded()).length === tries;
      });
      await eventually(async () => (await it.loaded()).every((pid) => !isAlive(pid)));
    }
  });

  test("a program that is no Python program, or is not there, is left to the ordinary start", async () => {
    await using it = await install("#!/bin/sh\necho yt_dlp\n");
    expect(await it.standby.begin(it.task())).toBeNull();
    expect(await it.standby.begin(it.task())).toBeNull();
    expect(await createStandby({ binary: "/nowhere/yt-dlp", path }).begin(it.task())).toBeNull();
    expect(await it.loaded()).toEqual([]);
  });
});
