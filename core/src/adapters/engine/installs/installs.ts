import { chmod, mkdir, mkdtemp, readdir, readFile, rename, rm, stat, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { EngineInstalls, InstalledEngine } from "../../../engines/engine-installs.ts";
import { compareEngineVersions, isEngineVersion, writeEngineVersion } from "../../../engines/engine-version.ts";
import { AppError } from "../../../errors/app-error.ts";
import { systemCode } from "../../system/system-error.ts";
import { capture, systemPath } from "../process/index.ts";
import { findPythonProgram } from "../yt-dlp/python-program.ts";
import { flush, flushBelow } from "./flush.ts";
import { fetchWheel, listWheels, type Wheel } from "./wheel-index.ts";

/** Where {@link engineInstalls} puts versions, and where they come from. */
interface EngineInstallsOptions {
  /** Folder for the versions, one in each; made when missing. */
  readonly directory: string;
  /** Address of an index of Python packages that answers in JSON (PEP 691). */
  readonly index: string;
  /** The yt-dlp that the settings name: its Python runs the versions, with the libraries that it has beside it. */
  readonly configured: string;
  /** Where programs are looked for, as in `PATH`. Default: the usual system folders. */
  readonly path?: string;
}

const programMs = 120_000;
/** A draft that is older belongs to an install that was killed, in milliseconds. */
const draftMs = 3_600_000;
const draftPrefix = ".draft-";

/**
 * Versions of yt-dlp as folders, each with its wheels unpacked and a program that loads them. A folder is made beside and moved into
 * place once its program has said its version, so what is there is whole.
 */
export function engineInstalls({
  directory,
  index,
  configured,
  path = systemPath,
}: EngineInstallsOptions): EngineInstalls {
  const env = { PATH: path, LANG: "C.UTF-8", PYTHONUTF8: "1" };

  const find = async (version: string): Promise<InstalledEngine | null> => {
    if (!isEngineVersion(version)) return null;
    const name = writeEngineVersion(version);
    const program = join(directory, name, "yt-dlp");
    const isThere = await stat(program).then(
      (file) => file.isFile(),
      () => false,
    );
    return isThere ? { version: name, program } : null;
  };

  const runPython = async (python: readonly string[], args: readonly string[], signal: AbortSignal) => {
    const [command = "", ...own] = python;
    const { exitCode, stderr } = await capture(command, [...own, ...args], { env, deadlineMs: programMs, signal });
    signal.throwIfAborted();
    if (exitCode === 0) return;
    const cause = new Error(stderr.slice(-2_000));
    throw new AppError("tool_missing", `Python could not run ${args.slice(0, 2).join(" ")}.`, { cause });
  };

  const unpack = async (wheel: Wheel, draft: string, python: readonly string[], signal: AbortSignal) => {
    const file = join(draft, "package.whl");
    await fetchWheel(wheel, file, signal);
    await runPython(python, ["-m", "zipfile", "-e", file, draft], signal);
    await rm(file);
  };

  const fill = async (draft: string, version: string, signal: AbortSignal): Promise<void> => {
    const python = (await findPythonProgram(configured, path))?.interpreter ?? ["/usr/bin/env", "python3"];
    const wheels = await listWheels(index, "yt-dlp", signal);
    const wheel = wheels.find((one) => compareEngineVersions(one.version, version) === 0);
    if (wheel === undefined) {
      const newest = wheels[0] === undefined ? "none" : writeEngineVersion(wheels[0].version);
      throw new AppError("not_found", `The index has no yt-dlp ${version}; its newest is ${newest}.`);
    }
    await unpack(wheel, draft, python, signal);
    // The solver of challenges has to be the one that this version was made for.
    const solver = await solverOf(draft);
    if (solver !== null) {
      const solvers = await listWheels(index, "yt-dlp-ejs", signal);
      const found = solvers.find((one) => one.version === solver);
      if (found === undefined) throw new AppError("not_found", `The index has no yt-dlp-ejs ${solver}.`);
      await unpack(found, draft, python, signal);
    }
    const program = join(draft, "yt-dlp");
    await writeFile(program, `${firstLines(python)}import yt_dlp\n\nyt_dlp.main()\n`);
    await chmod(program, 0o755);
    await runPython(python, ["-m", "compileall", "-q", draft], signal);
    const { stdout } = await capture(program, ["--version", "--ignore-config"], { env, deadlineMs: programMs, signal });
    signal.throwIfAborted();
    const said = stdout.trim();
    if (!isEngineVersion(said) || compareEngineVersions(said, version) !== 0)
      throw new AppError("tool_missing", `yt-dlp ${version} was unpacked, but does not run here.`, {
        cause: new Error(`it said ${JSON.stringify(said)}`),
      });
  };

  return {
    find,
    list: async () => {
      const names = await readdir(directory).catch(() => []);
      const found = await Promise.all(names.filter(isEngineVersion).map(find));
      return found
        .filter((one) => one !== null)
        .sort((one, other) => compareEngineVersions(other.version, one.version));
    },
    available: async (signal) =>
      (await listWheels(index, "yt-dlp", signal)).map(({ version }) => writeEngineVersion(version)),
    install: async (version, signal) => {
      if (!isEngineVersion(version))
        throw new AppError("not_found", `${JSON.stringify(version)} is no version of yt-dlp, such as 2026.10.26.`);
      const known = await find(version);
      if (known !== null) return known;
      await mkdir(directory, { recursive: true, mode: 0o755 });
      await removeOldDrafts(directory);
      const draft = await mkdtemp(join(directory, draftPrefix));
      try {
        await fill(draft, writeEngineVersion(version), signal);
        await chmod(draft, 0o755);
        await flushBelow(draft);
        await rename(draft, join(directory, writeEngineVersion(version))).catch(async (error: unknown) => {
          // Another process was first.
          if ((await find(version)) === null) throw error;
        });
        await flush(directory);
      } finally {
        await rm(draft, { recursive: true, force: true });
      }
      const installed = await find(version);
      if (installed === null) throw new AppError("storage_error", `yt-dlp ${version} vanished after its install.`);
      return installed;
    },
    removeUnused: async (used, forMs) => {
      const folderOf = (version: string) => join(directory, writeEngineVersion(version));
      const now = new Date();
      for (const version of used) await utimes(folderOf(version), now, now).catch(ignoreMissing);
      const removed: string[] = [];
      const names = await readdir(directory).catch(() => []);
      for (const name of names.filter(isEngineVersion)) {
        const { mtimeMs } = await stat(folderOf(name)).catch(() => ({ mtimeMs: now.getTime() }));
        if (now.getTime() - mtimeMs <= forMs) continue;
        const draft = await mkdtemp(join(directory, draftPrefix));
        try {
          await rename(folderOf(name), draft);
          removed.push(name);
        } catch (error) {
          // Another process was first.
          ignoreMissing(error);
        } finally {
          await rm(draft, { recursive: true, force: true });
        }
      }
      return removed;
    },
  };
}

function ignoreMissing(error: unknown): void {
  if (systemCode(error) !== "ENOENT") throw error;
}

/** The version of the solver that yt-dlp names in its metadata; null: none. */
async function solverOf(folder: string): Promise<string | null> {
  const names = await readdir(folder);
  const info = names.find((name) => /^yt_dlp-[^/]*\.dist-info$/.test(name));
  if (info === undefined) return null;
  const metadata = await readFile(join(folder, info, "METADATA"), "utf8");
  return /^Requires-Dist: yt-dlp-ejs\s*\(?==\s*([\d.]+)/m.exec(metadata)?.[1] ?? null;
}

/** The kernel takes no long first line, nor spaces in it: then a shell starts Python, in words that are a string to Python. */
function firstLines(python: readonly string[]): string {
  const line = `#!${python.join(" ")}\n`;
  if (line.length <= 120) return line;
  return `#!/bin/sh\n'''exec' "${python[0]}" "$0" "$@"\n' '''\n`;
}

async function removeOldDrafts(directory: string): Promise<void> {
  for (const name of (await readdir(directory)).filter((one) => one.startsWith(draftPrefix))) {
    const draft = join(directory, name);
    const { mtimeMs } = await stat(draft).catch(() => ({ mtimeMs: Date.now() }));
    if (Date.now() - mtimeMs > draftMs) await rm(draft, { recursive: true, force: true });
  }
}
