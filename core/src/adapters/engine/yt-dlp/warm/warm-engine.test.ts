import { afterEach, beforeEach, describe, expect, setSystemTime, test } from "bun:test";
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { chmod, mkdir, readdir, readFile, readlink, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { absenceOf, eventually, isWhole, type TempDir, tempDir } from "@vidferry/testing";
import type { Logger } from "../../../../telemetry/logger.ts";
import { createSilentLogger } from "../../../system/index.ts";
import { type SuperviseOptions, supervise } from "../../process/index.ts";
import type { WarmTask } from "./task.ts";
import { createWarmEngine, type WarmEngine } from "./warm-engine.ts";

// Not the name that is on the path, which may be a slow one in front of it.
const python = await Bun.$`python3 -c ${"import sys; print(sys.executable)"}`.quiet().nothrow().text();
const path = process.env["PATH"] ?? "";

/** In place of yt-dlp: does what its arguments say, one after the other. */
const module = `
import json, os, random, subprocess, sys, time
kept = []
def tell():
    return {"argv": sys.argv, "cwd": os.getcwd(), "env": dict(os.environ), "stdin": sys.stdin.read(), "kept": kept,
            "random": random.random(), "pid": os.getpid(), "zygote": os.getppid(), "group": os.getpgid(0),
            "compiled": sys.modules["yt_dlp.extractor"].Watching.seen,
            "nice": os.nice(0), "descriptors": sorted(map(int, os.listdir("/proc/self/fd"))) if os.path.isdir("/proc/self/fd") else []}
def main():
    kept.append(1)
    try:
        for word in sys.argv[1:]:
            name, _, value = word.partition("=")
            if name == "tell": print(json.dumps(tell()), flush=True)
            elif name == "complain": print(value, file=sys.stderr)
            elif name == "large": open("large", "wb").write(bytes(int(value)))
            elif name == "stubborn":
                subprocess.Popen(["/bin/sh", "-c", 'trap "" INT TERM; echo $$ >> "$0"; sleep 60 & wait', value])
            elif name == "pids": open(value, "a").write(f"{os.getpid()}\\n{os.getppid()}\\n")
            elif name == "sleep": time.sleep(float(value))
            elif name == "flood":
                while True: print(value)
            elif name == "crash": raise ValueError(value)
            elif name == "exit": raise SystemExit(int(value))
            elif name in ("--ies", "default"): pass
            else: raise SystemExit(f"ERROR: no such thing as {name}")
    except KeyboardInterrupt:
        raise SystemExit("ERROR: Interrupted by user")
`;

/** Two of its extractors: one that keeps who looked at what, and one that is broken. */
const extractors = `
import os
class Broken:
    def suitable(url): raise ValueError(url)
class Watching:
    seen = []
    def suitable(url): Watching.seen.append(os.getpid())
def gen_extractor_classes(): return [Broken, Watching]
`;
/** One that is loaded, and not among those that stand in for it. */
const youtube = `
import yt_dlp.extractor
class Loaded:
    def suitable(url): yt_dlp.extractor.Watching.suitable(url)
`;

let dir: TempDir;
let warm: WarmEngine;
let warnings: string[];

beforeEach(async () => {
  dir = await tempDir("vidferry-warm-test");
  await mkdir(join(dir.path, "yt_dlp"));
  await writeFile(join(dir.path, "yt_dlp/__init__.py"), module);
  await mkdir(join(dir.path, "yt_dlp/extractor"));
  await writeFile(join(dir.path, "yt_dlp/extractor/__init__.py"), extractors);
  await writeFile(join(dir.path, "yt_dlp/extractor/youtube.py"), youtube);
  await install("2026.10.26");
  await writeFile(
    join(dir.path, "yt-dlp"),
    `#!${python.trim()}\nimport sys\nfrom yt_dlp import main\nsys.exit(main())\n`,
  );
  await chmod(join(dir.path, "yt-dlp"), 0o755);
  warnings = [];
  const logger: Logger = {
    ...createSilentLogger(),
    warn: (_message, fields) => void warnings.push(String(fields?.["reason"])),
  };
  warm = createWarmEngine({ binary: join(dir.path, "yt-dlp"), path, logger });
});
afterEach(async () => {
  warm.close();
  await dir[Symbol.asyncDispose]();
});

/** As an installer does it: a new file in the place of the old one. */
async function install(version: string) {
  const file = join(dir.path, "yt_dlp/version.py");
  // What Python has compiled may be taken for its, since it is as large and of the same second.
  for (const old of [file, join(dir.path, "yt_dlp/__pycache__")]) await rm(old, { recursive: true, force: true });
  await writeFile(file, `__version__ = ${JSON.stringify(version)}\n`);
}
const taskOf = (args: readonly string[], more: Partial<WarmTask> = {}): WarmTask => ({
  args,
  reporting: [],
  printing: [],
  plugins: [],
  cwd: dir.path,
  env: { PATH: path },
  fileSizeBytes: null,
  niceness: 0,
  stdoutFile: null,
  ...more,
});

interface Told {
  readonly argv: string[];
  readonly cwd: string;
  readonly env: Record<string, string>;
  readonly stdin: string;
  readonly kept: number[];
  readonly random: number;
  readonly pid: number;
  readonly zygote: number;
  readonly group: number;
  /** Processes in which the extractors' patterns were compiled. */
  readonly compiled: number[];
  readonly nice: number;
  readonly descriptors: number[];
}

/** Begins a task and collects what it says. */
async function start(args: readonly string[], more: Partial<WarmTask & SuperviseOptions> = {}) {
  const child = await warm.begin(taskOf(args, more));
  if (child === null) throw new Error(`it was not begun: ${warnings.join()}`);
  const out: string[] = [];
  const err: string[] = [];
  const supervised = supervise(child, {
    deadlineMs: 30_000,
    onStdout: (line) => out.push(line),
    onStderr: (line) => err.push(line),
    ...more,
  });
  return { ...supervised, out, err, told: () => JSON.parse(out[0] ?? "") as Told };
}
const version = async (engine: WarmEngine) => (await engine.loaded())?.version ?? null;
async function finish(args: readonly string[], more: Partial<WarmTask & SuperviseOptions> = {}) {
  const started = await start(args, more);
  return { ...started, ...(await started.done) };
}

const isAlive = (pid: number) => {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
};
const gone = (pids: readonly number[]) =>
  eventually(() => !pids.some(isAlive), { message: `the end of ${pids.join(", ")}` });
const pidsIn = (file: string, count: number) =>
  eventually(async () => {
    const found = (await readFile(file, "utf8")).trim().split("\n").map(Number);
    return found.length >= count && found;
  });

describe.skipIf(python === "")(`a run of the loaded yt-dlp${absenceOf("Python", python)}`, () => {
  test("has the arguments, the place and the environment it is given, and a group of its own", async () => {
    process.env["VIDFERRY_TEST_LEAK"] = "1";
    const { told, exitCode } = await finish(["tell", "exit=3"], {
      env: { PATH: path, HOME: "/home/of-this-run" },
      niceness: 7,
    });
    delete process.env["VIDFERRY_TEST_LEAK"];
    const { argv, cwd, env, stdin, pid, group, nice, descriptors } = told();
    expect([argv, cwd, stdin]).toEqual([[join(dir.path, "yt-dlp"), "tell", "exit=3"], dir.path, ""]);
    expect(env).toEqual({ PATH: path, HOME: "/home/of-this-run" });
    expect([group, exitCode]).toEqual([pid, 3]);
    expect(nice).toBe(Number((await Bun.$`nice`.text()).trim()) + 7);
    // The three of its own, and the one with which the list is read.
    expect(descriptors.length).toBeLessThanOrEqual(4);
  });

  test("finds YouTube's patterns compiled, and those of all sites once one tries them, by the process that it is a fork of", async () => {
    const told = async (...args: string[]) => (await finish(["tell", ...args])).told();
    const first = await told();
    expect(first.compiled).toEqual([first.zygote]);
    for (const { compiled, zygote } of [await told("--ies", "default"), await told("--ies", "default")]) {
      expect(compiled).toEqual([zygote, zygote, zygote]);
    }
  });

  test("ends as one that was started would: with a code, with words, or with a traceback", async () => {
    expect(await finish([])).toMatchObject({ exitCode: 0, out: [], err: [] });
    expect(await finish(["complain=WARNING: careful", "nonsense"])).toMatchObject({
      exitCode: 1,
      out: [],
      err: ["WARNING: careful", "ERROR: no such thing as nonsense"],
    });
    const crashed = await finish(["crash=over"]);
    expect([crashed.exitCode, crashed.err.at(-1)]).toEqual([1, "ValueError: over"]);
  });

  test("writes into a file that only we may read, and into none beyond the limit", async () => {
    const stdoutFile = join(dir.path, "out.json");
    const limits = { stdoutFile, fileSizeBytes: 100_000 };
    const { exitCode, out } = await finish(["tell", "large=200000"], limits);
    expect([exitCode, out]).toEqual([1, []]);
    expect(JSON.parse(await readFile(stdoutFile, "utf8")).argv).toContain("tell");
    expect((await stat(stdoutFile)).mode & 0o777).toBe(0o600);
    expect((await stat(join(dir.path, "large"))).size).toBeLessThanOrEqual(100_000);
  });

  test("sees nothing of the runs beside it and before it", async () => {
    const runs = ["one", "two", "three"].map((name) =>
      finish(["tell", "sleep=0.2"], {
        env: { PATH: path, HOME: `/${name}`, https_proxy: `http://${name}:1`, SSL_CERT_FILE: `/${name}.pem` },
      }),
    );
    const together = (await Promise.all(runs)).map(({ told }) => told());
    expect(together.map(({ env }) => [env["HOME"], env["https_proxy"], env["SSL_CERT_FILE"]])).toEqual([
      ["/one", "http://one:1", "/one.pem"],
      ["/two", "http://two:1", "/two.pem"],
      ["/three", "http://three:1", "/three.pem"],
    ]);
    const after = (await finish(["tell"])).told();
    const all = [...together, after];
    expect(Object.keys(after.env)).toEqual(["PATH"]);
    expect(all.map(({ kept }) => kept.length)).toEqual([1, 1, 1, 1]);
    expect(new Set(all.map(({ random }) => random)).size).toBe(4);
    expect(new Set(all.map(({ zygote }) => zygote)).size).toBe(1);
  });

  test("trusts its own authorities also in the library that has chosen them while it was loaded", async () => {
    await mkdir(join(dir.path, "curl_cffi"));
    await writeFile(join(dir.path, "curl_cffi/__init__.py"), "");
    const choose = `import os\ndef _default_cacert(): return os.environ.get("SSL_CERT_FILE", "public")\n`;
    await writeFile(join(dir.path, "curl_cffi/curl.py"), `${choose}DEFAULT_CACERT = _default_cacert()\n`);
    const told = module.replace('"kept": kept', '"kept": kept, "authorities": curl_cffi.curl.DEFAULT_CACERT');
    await writeFile(join(dir.path, "yt_dlp/__init__.py"), `import curl_cffi.curl\n${told}`);
    const authoritiesOf = async (env: Readonly<Record<string, string>>) =>
      JSON.parse((await finish(["tell"], { env: { PATH: path, ...env } })).out[0] ?? "").authorities;
    expect(await authoritiesOf({ SSL_CERT_FILE: "/operator.pem" })).toBe("/operator.pem");
    expect(await authoritiesOf({})).toBe("public");
  });

  test("is interrupted first, and then killed with all that it has started", async () => {
    const polite = await start(["tell", "sleep=60"]);
    await eventually(() => polite.out.length > 0);
    polite.stop("aborted");
    expect(await polite.done).toEqual({ exitCode: 1, signal: null, stoppedBy: "aborted" });
    expect(polite.err).toEqual(["ERROR: Interrupted by user"]);

    const file = join(dir.path, "pids");
    const busy = await start([`pids=${file}`, `stubborn=${file}`, "sleep=60"]);
    const [own = 0, , stubborn = 0] = await pidsIn(file, 3);
    busy.stop("limit");
    expect((await busy.done).stoppedBy).toBe("limit");
    await gone([own, stubborn]);
  });

  test("leaves nothing behind when it ends by itself", async () => {
    const file = join(dir.path, "pids");
    const { exitCode } = await finish([`stubborn=${file}`, "sleep=0.3"]);
    expect(exitCode).toBe(0);
    await gone(await pidsIn(file, 1));
  });

  test("that floods is read without keeping it, until it is stopped", async () => {
    let lines = 0;
    const child = await start(["flood=noise"], {
      graceMs: 200,
      onStdout: () => {
        if (++lines === 1_000) child.stop("limit");
      },
    });
    expect((await child.done).stoppedBy).toBe("limit");
  });

  test("is not begun where it cannot be, which the ordinary start then explains", async () => {
    expect(await warm.begin(taskOf(["tell"], { cwd: join(dir.path, "absent") }))).toBeNull();
    expect(warnings).toHaveLength(1);
  });

  test("is not begun when it was aborted before", async () => {
    expect(await warm.begin(taskOf(["tell"]), AbortSignal.abort())).toBeNull();
    expect(warnings).toEqual([]);
  });
});

describe.skipIf(python === "")(`the loaded yt-dlp${absenceOf("Python", python)}`, () => {
  test("knows its version, and is loaded anew when another one is installed, under a run's feet", async () => {
    expect(await version(warm)).toBe("2026.10.26");
    const before = await start(["tell", "sleep=1"]);
    await eventually(() => before.out.length > 0);
    await install("2026.11.20");
    expect(await version(warm)).toBe("2026.11.20");
    const after = (await finish(["tell"])).told();
    expect(after.zygote).not.toBe(before.told().zygote);
    expect((await before.done).exitCode).toBe(0);
    await gone([before.told().zygote]);
  });

  test("that dies is replaced, and its runs fail so that they are tried again, with nothing left of them", async () => {
    const file = join(dir.path, "pids");
    const lost = await start([`pids=${file}`, `stubborn=${file}`, "sleep=60"]);
    const failure = lost.done.catch((error: unknown) => error);
    const [own = 0, zygote = 0, stubborn = 0] = await pidsIn(file, 3);
    process.kill(zygote, "SIGKILL");
    expect(await failure).toMatchObject({ code: "worker_lost" });
    await gone([own, zygote, stubborn]);
    expect((await finish(["tell"])).told().zygote).not.toBe(zygote);
    expect(warnings).toEqual([]);
  });

  test("that is replaced while it is still loading starts the runs that waited for it all the same", async () => {
    await writeFile(join(dir.path, "yt_dlp/__init__.py"), `import time\ntime.sleep(0.5)\n${module}`);
    const first = finish(["tell"]);
    await Bun.sleep(100);
    await writeFile(join(dir.path, "yt-dlp"), `#!${python.trim()}\nfrom yt_dlp import main\nmain()\n`);
    const second = finish(["tell"]);
    const [one, other] = (await Promise.all([first, second])).map(({ told }) => told());
    expect(one?.zygote).toBeNumber();
    expect(other?.zygote).toBeNumber();
    expect(warnings).toEqual([]);
  });

  test("that is closed while it is still loading starts nothing any more, which is no failure", async () => {
    await writeFile(join(dir.path, "yt_dlp/__init__.py"), `import time\ntime.sleep(0.5)\n${module}`);
    const waiting = warm.begin(taskOf(["tell"]));
    await Bun.sleep(100);
    warm.close();
    expect(await waiting).toBeNull();
    expect(warnings).toEqual([]);
  });

  test.if(process.platform === "linux")("ends when nobody is left to clean up after it", async () => {
    const { zygote } = (await finish(["tell"])).told();
    const folder = await readlink(`/proc/${zygote}/cwd`);
    const children = await readFile(`/proc/${zygote}/task/${zygote}/children`, "utf8");
    const [watchdog = 0] = children.trim().split(" ").map(Number);
    process.kill(watchdog, "SIGKILL");
    await gone([zygote, watchdog]);
    await eventually(() => !existsSync(folder));
    expect((await finish([])).exitCode).toBe(0);
  });

  test("leaves nothing behind when its owner is killed outright", async () => {
    const file = join(dir.path, "pids");
    const temporary = join(dir.path, "tmp");
    await mkdir(temporary);
    const owner = join(dir.path, "owner.ts");
    const at = (name: string) => JSON.stringify(fileURLToPath(new URL(name, import.meta.url)));
    const task = taskOf([`pids=${file}`, `stubborn=${file}`, "sleep=60"]);
    await writeFile(
      owner,
      `import { createWarmEngine } from ${at("warm-engine.ts")};
       import { supervise } from ${at("../../process/index.ts")};
       const warm = createWarmEngine(${JSON.stringify({ binary: join(dir.path, "yt-dlp"), path })});
       await supervise(await warm.begin(${JSON.stringify(task)}), { deadlineMs: 60_000 }).done;`,
    );
    const env = { ...process.env, TMPDIR: temporary };
    const child = spawn(process.execPath, [owner], { stdio: "ignore", env });
    const pids = await pidsIn(file, 3);
    expect(pids.every(isAlive)).toBeTrue();
    child.kill("SIGKILL");
    await gone(pids);
    await eventually(async () => (await readdir(temporary)).length === 0);
  });

  test("keeps no process waiting that has nothing else to do", async () => {
    const owner = join(dir.path, "owner.ts");
    await writeFile(
      owner,
      `import { createWarmEngine } from ${JSON.stringify(fileURLToPath(new URL("warm-engine.ts", import.meta.url)))};
       const warm = createWarmEngine(${JSON.stringify({ binary: join(dir.path, "yt-dlp"), path })});
       console.log((await warm.loaded())?.version);`,
    );
    const child = Bun.spawn([process.execPath, owner], { stdout: "pipe", stderr: "inherit" });
    expect((await new Response(child.stdout).text()).trim()).toBe("2026.10.26");
    expect(await child.exited).toBe(0);
  });

  test.if(process.platform === "linux")(
    "is after many runs what it was after one",
    async () => {
      const { zygote } = (await finish(["tell"])).told();
      const measure = async () => {
        const status = await readFile(`/proc/${zygote}/status`, "utf8");
        return {
          descriptors: (await readdir(`/proc/${zygote}/fd`)).length,
          children: (await readFile(`/proc/${zygote}/task/${zygote}/children`, "utf8")).trim().split(" ").length,
          kilobytes: Number(/VmRSS:\s+(\d+)/.exec(status)?.[1]),
        };
      };
      const before = await measure();
      for (let round = 0; round < (isWhole ? 25 : 6); round++) {
        const runs = await Promise.all(Array.from({ length: 8 }, () => finish(["tell"])));
        expect(runs.every(({ exitCode, told }) => exitCode === 0 && told().zygote === zygote)).toBeTrue();
      }
      const after = await eventually(async () => {
        const now = await measure();
        return now.children === before.children && now;
      });
      expect(after.descriptors).toBe(before.descriptors);
      expect(after.kilobytes).toBeLessThan(before.kilobytes + 4_096);
    },
    180_000,
  );

  test("ends when it is closed, with its last run, and nothing is begun any more", async () => {
    const last = await start(["tell", "sleep=0.5"]);
    await eventually(() => last.out.length > 0);
    warm.close();
    expect(await warm.begin(taskOf(["tell"]))).toBeNull();
    expect((await last.done).exitCode).toBe(0);
    await gone([last.told().zygote]);
  });

  test("that cannot be loaded is not tried again soon, wherever the clock is set, and is told of once", async () => {
    await writeFile(join(dir.path, "yt_dlp/__init__.py"), 'raise RuntimeError("broken")\n');
    expect(await warm.begin(taskOf(["tell"]))).toBeNull();
    setSystemTime(new Date(Date.now() + 86_400_000));
    expect(await warm.begin(taskOf(["tell"])).finally(() => setSystemTime())).toBeNull();
    expect(warnings).toEqual([expect.stringContaining("RuntimeError: broken")]);
  });

  test("is none where yt-dlp is not a Python program, or not there", async () => {
    await writeFile(join(dir.path, "yt-dlp"), "#!/bin/sh\necho yt_dlp\n");
    expect(await warm.begin(taskOf(["tell"]))).toBeNull();
    expect(await version(warm)).toBeNull();
    const absent = createWarmEngine({ binary: "/nowhere/yt-dlp", path });
    expect(await absent.begin(taskOf(["tell"]))).toBeNull();
    expect(warnings).toEqual([]);
  });
});
