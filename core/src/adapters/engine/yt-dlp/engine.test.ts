import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { chmod, mkdir, readFile, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import {
  createFakeYtDlp,
  eventually,
  type FakeYtDlpScript,
  findTools,
  fixedEgress,
  type TempDir,
  tempDir,
} from "@vidferry/testing";
import { AppError } from "../../../errors/app-error.ts";
import type { Logger } from "../../../telemetry/logger.ts";
import { createSilentLogger } from "../../system/index.ts";
import { mark } from "./command-line.ts";
import { openCookieFile } from "./cookies/cookie-file.ts";
import { createEngine, type EngineRun } from "./engine.ts";
import { deadEnd } from "./gate/gate.ts";
import { inspectInto } from "./info-file.ts";
import type { YtDlpOptions } from "./options.ts";
import { ytDlpThrough } from "./test-downloader.ts";

let dir: TempDir;
beforeEach(async () => {
  dir = await tempDir("vidferry-engine");
});
afterEach(() => dir[Symbol.asyncDispose]());

const engineOf = async (script: FakeYtDlpScript, options: Partial<YtDlpOptions> = {}) =>
  createEngine({ binary: await createFakeYtDlp(dir.path, script), ...options });
const runOf = (rest: Partial<EngineRun> = {}): EngineRun => ({
  args: [],
  home: join(dir.path, "home"),
  deadlineMs: 60_000,
  ...rest,
});
const pidOf = (file: string) => eventually(async () => Number(await readFile(file, "utf8")));
const isAlive = (pid: number) => {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
};

describe("a run of yt-dlp", () => {
  test("rejects with what its first error means", async () => {
    const engine = await engineOf({
      steps: [
        { stderr: "WARNING: x" },
        { stderr: "ERROR: HTTP Error 503: x" },
        { stderr: "ERROR: write to closed file" },
      ],
      exitCode: 1,
    });
    await expect(engine.succeed(runOf())).rejects.toMatchObject({ code: "source_error", message: "HTTP Error 503: x" });
  });

  test("that the system ends, or that has no memory left, is out of memory", async () => {
    const outcomeOf = async (script: string) => {
      const binary = join(dir.path, crypto.randomUUID());
      await writeFile(binary, `#!/bin/sh\n${script}\n`);
      await chmod(binary, 0o755);
      const engine = createEngine({
        binary,
        ...(process.env["PATH"] === undefined ? {} : { path: process.env["PATH"] }),
      });
      return engine.succeed(runOf({ args: ["http://127.0.0.1:1/"] })).catch((error: unknown) => error);
    };
    expect(await outcomeOf("kill -KILL $$")).toMatchObject({
      code: "out_of_memory",
      cause: { message: expect.stringContaining("SIGKILL") },
    });
    const poor = `ulimit -d 30000; exec ${JSON.stringify(findTools().ytDlp)} "$@"`;
    expect(await outcomeOf(poor)).toMatchObject({ code: "out_of_memory" });
    expect(await outcomeOf("echo 'ERROR: caused by MemoryError()' >&2; exit 1")).toMatchObject({
      code: "out_of_memory",
    });
    expect(await outcomeOf("kill -SEGV $$")).toMatchObject({
      code: "source_error",
      cause: { message: expect.stringContaining("SIGSEGV") },
    });
  });

  test("hands out the lines of its hooks and keeps the rest as text", async () => {
    const engine = await engineOf({
      steps: [
        { stdout: `${mark}{"t":"file","format":"18","path":"/there"}` },
        { stdout: `${mark}{"t":"file","format":` },
        { stdout: `${mark}{"t":1}` },
        { stdout: "[info] text" },
        { stderr: "WARNING: careful" },
      ],
    });
    const lines: unknown[] = [];
    const log = await engine.succeed(runOf({ onLine: (line) => lines.push(line) }));
    const file = { t: "file", format: "18", path: "/there" };
    expect([lines, log.text, log.warnings]).toEqual([[file], ["[info] text"], ["careful"]]);
  });

  test("keeps the proxy's credentials and our environment out of what others can see", async () => {
    const seen = join(dir.path, "arguments");
    const engine = await engineOf({ steps: [{ writeArguments: seen }] });
    const egress = fixedEgress({ proxyUrl: "http://user:SECRET@127.0.0.1:9" });
    await engine.succeed(runOf({ egress, args: ["--", "https://www.youtube.com/watch?v=x"] }));
    const args = (await readFile(seen, "utf8")).split("\n");
    expect(args.join(" ")).not.toContain("SECRET");
    expect(args).toContain("--ignore-config");
    expect(args.indexOf("--")).toBe(args.indexOf("https://www.youtube.com/watch?v=x") - 1);
  });

  test("each run goes through the egress that it is given, with its cookies", async () => {
    const binary = join(dir.path, "prints-egress");
    await writeFile(
      binary,
      '#!/bin/sh\necho "$VIDFERRY_EGRESS"\nwhile [ "$1" ]; do [ "$1" = --cookies ] && cat "$2"; shift; done\n',
    );
    await chmod(binary, 0o755);
    const engine = createEngine({ binary });
    const jar = async (name: string) => {
      const path = join(dir.path, `${name}.txt`);
      await writeFile(path, `# Netscape HTTP Cookie File\n.youtube.com\tTRUE\t/\tTRUE\t2000000000\tSID\t${name}\n`);
      return openCookieFile(path);
    };
    const one = fixedEgress({ proxyUrl: "http://127.0.0.1:1", cookies: await jar("one") });
    const two = fixedEgress({ proxyUrl: "http://127.0.0.1:2", cookies: await jar("two") });
    const bare = fixedEgress({ proxyUrl: "http://127.0.0.1:3" });
    const [ofOne, ofTwo, ofBare] = await Promise.all(
      [one, two, bare].map(async (egress, index) => {
        const { text } = await engine.succeed(runOf({ egress, home: join(dir.path, `home-${index}`) }));
        return text.filter((line) => !line.startsWith("#") && line !== "").map((line) => line.split("\t").at(-1));
      }),
    );
    expect([ofOne, ofTwo, ofBare]).toEqual([
      ["http://127.0.0.1:1", "one"],
      ["http://127.0.0.1:2", "two"],
      ["http://127.0.0.1:3"],
    ]);
  });

  test("is told of the proxy through the gate alone, and given a bundle of the operator's and the public authorities", async () => {
    const caFile = join(dir.path, "extra.pem");
    await writeFile(caFile, "-----BEGIN CERTIFICATE-----\nEXTRA\n-----END CERTIFICATE-----\n");
    const binary = join(dir.path, "prints-environment");
    await writeFile(binary, "#!/bin/sh\nenv\n");
    await chmod(binary, 0o755);
    const engine = createEngine({ binary, caFile });
    const egress = fixedEgress({ proxyUrl: "http://user:SECRET@127.0.0.1:9" });
    const { text } = await engine.succeed(runOf({ egress }));
    const home = join(dir.path, "home");
    const names = text
      .map((line) => line.split("=")[0])
      .filter((name) => !["PWD", "_", "SHLVL", "OLDPWD"].includes(name ?? ""));
    expect(names.sort()).toEqual([
      "HOME",
      "LANG",
      "PATH",
      "PYTHONDONTWRITEBYTECODE",
      "PYTHONUTF8",
      "SSL_CERT_FILE",
      "TMPDIR",
      "VIDFERRY_EGRESS",
      "VIDFERRY_PROGRAMS",
      "all_proxy",
      "ftp_proxy",
      "http_proxy",
      "https_proxy",
      "ws_proxy",
      "wss_proxy",
    ]);
    expect(text).toContain("VIDFERRY_EGRESS=http://user:SECRET@127.0.0.1:9");
    expect(text.filter((line) => line.includes("_proxy=")).filter((line) => !line.endsWith(`=${deadEnd}`))).toEqual([]);
    const bundle = await readFile(join(home, "ca.pem"), "utf8");
    expect(bundle).toContain("EXTRA");
    expect(bundle.split("BEGIN CERTIFICATE").length).toBeGreaterThan(50);
  });

  test("names the authorities' file when it cannot be read", async () => {
    const engine = await engineOf({}, { caFile: join(dir.path, "absent.pem") });
    await expect(engine.succeed(runOf())).rejects.toMatchObject({
      code: "tool_missing",
      hint: expect.stringContaining("CA_FILE"),
    });
  });

  test("stops when nothing moves", async () => {
    const engine = await engineOf({ steps: [{ stdout: "[download] still here" }, { sleepSeconds: 60 }] });
    await expect(engine.run(runOf({ stallMs: 200 }))).rejects.toMatchObject({ code: "stalled" });
  });

  test("stops at its deadline", async () => {
    const engine = await engineOf({ steps: [{ sleepSeconds: 60 }] });
    await expect(engine.run(runOf({ deadlineMs: 200 }))).rejects.toMatchObject({ code: "timed_out" });
  });

  test("rejects with the signal's reason, and by then is gone", async () => {
    const file = join(dir.path, "pid");
    const engine = await engineOf({ steps: [{ writePid: file }, { sleepSeconds: 60 }] });
    const controller = new AbortController();
    const reason = new Error("cancelled");
    const ended = engine.run(runOf({ signal: controller.signal })).catch((error: unknown) => error);
    const pid = await pidOf(file);
    controller.abort(reason);
    expect(await ended).toBe(reason);
    expect(isAlive(pid)).toBeFalse();
    await expect(engine.run(runOf({ signal: controller.signal }))).rejects.toBe(reason);
  });

  test("needs a folder that it can write to", async () => {
    await writeFile(join(dir.path, "file"), "");
    const engine = await engineOf({});
    await expect(engine.run(runOf({ home: join(dir.path, "file", "home") }))).rejects.toMatchObject({
      code: "storage_error",
    });
  });

  test("can be halted by whoever reads the lines of its hooks", async () => {
    const engine = await engineOf({ steps: [{ stdout: `${mark}{"t":"file"}` }, { sleepSeconds: 60 }] });
    const error = new AppError("file_too_large");
    await expect(engine.run(runOf({ onLine: (_line, run) => run.halt(error) }))).rejects.toBe(error);
  });

  test("is not tried again when the egress guard refused the host", async () => {
    const engine = await engineOf({
      steps: [
        {
          stdout:
            "[download] Got error: Tunnel connection failed: 403 Host not allowed by Vidferry. Retrying (1/10)...",
        },
        { sleepSeconds: 60 },
      ],
    });
    await expect(engine.run(runOf())).rejects.toMatchObject({ code: "host_not_allowed" });
  });

  test("is done by one that is started anew where none can be kept loaded, with a word in the log", async () => {
    const binary = join(dir.path, "yt-dlp");
    await mkdir(join(dir.path, "yt_dlp"));
    await writeFile(
      join(dir.path, "yt_dlp/__init__.py"),
      `import sys\nassert sys.argv[0] == ${JSON.stringify(binary)}, "not like this"\ndef main(): print("done")\n`,
    );
    await writeFile(binary, "#!/usr/bin/env python3\nfrom yt_dlp import main\nmain()\n");
    await chmod(binary, 0o755);
    const reasons: unknown[] = [];
    const logger: Logger = {
      ...createSilentLogger(),
      warn: (_message, fields) => void reasons.push(fields?.["reason"]),
    };
    const engine = createEngine({ binary, warm: true, logger, path: process.env["PATH"] ?? "" });
    const logs = [await engine.succeed(runOf()), await engine.succeed(runOf())];
    expect(logs.map(({ text }) => text)).toEqual([["done"], ["done"]]);
    expect(await engine.version()).toBeNull();
    expect(reasons).toEqual([expect.stringContaining("not like this")]);
  });

  test("says that yt-dlp is missing", async () => {
    const engine = createEngine({ binary: "/nowhere/yt-dlp" });
    await expect(engine.run(runOf())).rejects.toMatchObject({ code: "tool_missing" });
  });
});

describe("an info JSON", () => {
  test("of twelve megabytes in one line goes through a file that only we can read", async () => {
    const binary = join(dir.path, "big");
    await writeFile(
      binary,
      `#!/bin/sh\nprintf '{"id":"x","description":"'; head -c 12000000 /dev/zero | tr '\\0' x; printf '"}\\n'\n`,
    );
    await chmod(binary, 0o755);
    const file = join(dir.path, "info.json");
    expect(await inspectInto(file, createEngine({ binary }), runOf())).toMatchObject({ id: "x", formats: [] });
    const { size, mode } = await stat(file);
    expect(size).toBeGreaterThan(12_000_000);
    expect(mode & 0o777).toBe(0o600);
  });

  test.each(["null", "", "[]", '{"id":', "<html>"])("that is none is an error of the source: %s", async (text) => {
    const engine = await engineOf({ steps: [{ stdout: text }] });
    const file = join(dir.path, "info.json");
    expect(await inspectInto(file, engine, runOf()).catch((error: unknown) => error)).toMatchObject({
      code: "source_error",
    });
    await expect(stat(file)).rejects.toThrow();
  });

  test("may have fields of any type where they do not matter", async () => {
    const odd = {
      id: 7,
      title: 5,
      formats: [{ format_id: 1 }, { format_id: "a", width: "wide" }, null],
      chapters: "none",
      subtitles: [],
    };
    const engine = await engineOf({ steps: [{ stdout: JSON.stringify(odd) }] });
    const info = await inspectInto(join(dir.path, "info.json"), engine, runOf());
    expect(info).toMatchObject({ id: "7", title: null, chapters: [], subtitles: {} });
    expect(info.formats.map(({ format_id }) => format_id)).toEqual(["a"]);
  });
});

describe("the downloader", () => {
  test("refuses a yt-dlp with known holes", async () => {
    const downloader = ytDlpThrough({ binary: await createFakeYtDlp(dir.path, { version: "2026.06.09" }) });
    const signal = new AbortController().signal;
    expect(await downloader.version()).toBe("2026.06.09");
    await expect(downloader.probe("https://youtu.be/abcdefghijk", { signal })).rejects.toMatchObject({
      code: "tool_outdated",
    });
  });

  test("says what is wrong with a missing yt-dlp, and looks again the next time", async () => {
    const binary = join(dir.path, "yt-dlp");
    const downloader = ytDlpThrough({ binary });
    expect(await downloader.version()).toBeNull();
    expect(await downloader.check()).toMatchObject([{ name: "yt-dlp", status: "failed" }]);
    await createFakeYtDlp(dir.path);
    expect(await downloader.version()).toBe("2026.10.26");
  });

  test("starts nothing for a link outside the policy", async () => {
    const file = join(dir.path, "pid");
    const downloader = ytDlpThrough({ binary: await createFakeYtDlp(dir.path, { steps: [{ writePid: file }] }) });
    const signal = new AbortController().signal;
    expect(await downloader.probe("https://example.com/", { signal }).catch((error: unknown) => error)).toMatchObject({
      code: "host_not_allowed",
    });
    await expect(stat(file)).rejects.toThrow();
  });
});
