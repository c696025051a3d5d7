import { spawn } from "node:child_process";
import { mkdir, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { createInterface } from "node:readline";
import { tempDir } from "@vidferry/testing";
import { runCommand } from "../../cli/e2e/command.ts";
import { startRole } from "../../cli/e2e/fleet/role-process.ts";
import { configuration, seed } from "./seed.ts";

/** One pass of schemathesis over a service. */
export interface FuzzPass {
  readonly databaseUrl: string | null;
  /** `serve` has a worker too: what is probed and downloaded fails at once, since its proxy answers nobody. */
  readonly role: "api" | "serve";
  /** Without: every request lacks one. */
  readonly withKey: boolean;
  /** Requests for each operation and kind of test, at most. */
  readonly examples: number;
  readonly phases: string;
  readonly seed: number;
  /** A watchdog: a pass that takes longer fails. Nothing is cut short by it, so that the same seed asks the same. */
  readonly watchdogMs: number;
  /** Is told now and then how far it is. */
  readonly onProgress?: (line: string) => void;
}

/** What came of it. */
export interface FuzzOutcome {
  readonly cases: number;
  readonly failed: boolean;
  readonly output: string;
}

/** What the lines of hooks.py begin with. */
const progressMark = "progress: ";

const schemathesis = resolve(import.meta.dir, "../../.tools/fuzz-venv/bin/schemathesis");

/** Starts a service of its own, seeds it, and lets schemathesis ask it with all its checks. */
export async function fuzz(pass: FuzzPass): Promise<FuzzOutcome> {
  await using dir = await tempDir("vidferry-fuzz");
  await mkdir(join(dir.path, "work"));
  const env = {
    ...tools(),
    PATH: process.env["PATH"] ?? "",
    HOME: dir.path,
    // Each job is work, also one for the same video.
    REUSE: "off",
    PORT: "0",
    AUTH: "keys",
    LOG_LEVEL: "warn",
    DATABASE_URL: pass.databaseUrl ?? `sqlite:${dir.path}/vidferry.db`,
    STORAGE_URL: `file:${dir.path}/files`,
    WORK_DIR: `${dir.path}/work`,
    // Nothing leaves the machine: neither by this proxy, nor beside it, see offline.ts.
    PROXY_URL: "http://127.0.0.1:9",
    SECRETS_KEY: "the-fuzzer-has-no-secrets-to-keep",
    WORKER_CONCURRENCY: "1",
    // It asks more often than anybody may, on purpose without keys and with wrong ones.
    REQUESTS_PER_MINUTE: "0",
    ANONYMOUS_PER_MINUTE: "0",
    WRONG_KEYS_PER_MINUTE: "0",
  };
  await runCommand(["migrate"], { cwd: dir.path, env });
  const made = await runCommand(["keys", "create", "--name", "fuzz", "--scopes", "admin"], { cwd: dir.path, env });
  const key = /vf_\w+/.exec(made.stdout)?.[0] ?? "";
  await using api = await startRole(pass.role, { cwd: dir.path, env, preload: [join(import.meta.dir, "offline.ts")] });
  const config = join(dir.path, "schemathesis.toml");
  await writeFile(config, configuration(await seed(api.url, key), join(import.meta.dir, "hooks.py")));
  const args = [
    ...["--config-file", config, "run", `${api.url}/openapi.json`],
    ...(pass.withKey ? ["--header", `Authorization: Bearer ${key}`] : []),
    ...["--checks", "all", "--exclude-checks", "positive_data_acceptance"],
    // Without a worker nothing can be probed.
    ...(pass.role === "api" ? ["--exclude-operation-id", "probe"] : []),
    ...["--phases", pass.phases, "--max-examples", String(pass.examples), "--seed", String(pass.seed)],
    ...["--warnings", "off"],
  ];
  return await run(args, dir.path, pass);
}

/** Where bin/lib/setup.sh put yt-dlp and the like. */
const tools = (): Record<string, string> =>
  Object.fromEntries(
    Object.entries(process.env).flatMap(([name, value]) =>
      name.startsWith("VIDFERRY_") && value !== undefined ? [[name, value]] : [],
    ),
  );

function run(
  args: readonly string[],
  cwd: string,
  { watchdogMs, onProgress }: Pick<FuzzPass, "watchdogMs" | "onProgress">,
): Promise<FuzzOutcome> {
  return new Promise((done, failed) => {
    const child = spawn(schemathesis, args, {
      cwd,
      env: { PATH: process.env["PATH"] ?? "", HOME: cwd, NO_COLOR: "1", PYTHONDONTWRITEBYTECODE: "1" },
      stdio: ["ignore", "pipe", "pipe"],
    });
    let output = "";
    const watchdog = setTimeout(() => {
      output += `\nNot done after ${watchdogMs / 1000} seconds.\n`;
      child.kill();
    }, watchdogMs);
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      output += text;
    });
    createInterface(child.stderr).on("line", (line) => {
      if (line.startsWith(progressMark)) onProgress?.(line.slice(progressMark.length));
      else output += `${line}\n`;
    });
    child.once("error", failed);
    child.once("close", (code) => {
      clearTimeout(watchdog);
      const cases = Number(/([\d,]+) generated/.exec(output)?.[1]?.replaceAll(",", "") ?? 0);
      done({ cases, failed: code !== 0, output });
    });
  });
}
