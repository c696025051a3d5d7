import { spawnSync } from "node:child_process";
import { accessSync, constants, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";

/** A Go program: its module with its version, and its name. */
export interface GoProgram {
  readonly module: string;
  readonly name: string;
}

/** Where a program of this version is kept below the folder of tools. */
const folderOf = (tools: string, { module }: GoProgram): string =>
  join(tools, "go", module.slice(module.lastIndexOf("@") + 1));

const isProgram = (path: string): boolean => {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
};

/** Finds a program that was built before, or one of that name in PATH; undefined where there is none. */
export function findGoProgram(tools: string, program: GoProgram): string | undefined {
  const path = (process.env["PATH"] ?? "").split(delimiter);
  return [folderOf(tools, program), ...path].map((folder) => join(folder, program.name)).find(isProgram);
}

/**
 * Builds a program of exactly this version where it is not there yet: minutes. It is a tool of a module of its own, since `go install`
 * refuses modules that replace others. @returns its path. @throws Error with Go's output.
 */
export function buildGoProgram(tools: string, program: GoProgram): string {
  const folder = folderOf(tools, program);
  const path = join(folder, program.name);
  if (isProgram(path)) return path;
  const module = mkdtempSync(join(tmpdir(), "vidferry-go-"));
  try {
    runGo(tools, module, ["mod", "init", "vidferry.test/tools"]);
    runGo(tools, module, ["get", "-tool", program.module]);
    runGo(tools, module, [
      "build",
      "-ldflags=-s -w",
      "-o",
      path,
      program.module.slice(0, program.module.lastIndexOf("@")),
    ]);
  } finally {
    rmSync(module, { recursive: true, force: true });
  }
  return path;
}

/** The environment that Go builds with. It checks modules against its checksum database; its caches would lie outside the clone. */
export function goEnvironment(tools: string): NodeJS.ProcessEnv {
  return {
    ...process.env,
    CGO_ENABLED: "0",
    GOPATH: join(tools, "go/path"),
    GOCACHE: join(tools, "go/cache"),
    GOFLAGS: "-modcacherw -trimpath -buildvcs=false",
  };
}

function runGo(tools: string, cwd: string, args: readonly string[]): void {
  const { status, stderr, error } = spawnSync("nice", ["-n", "19", "go", ...args], {
    cwd,
    env: goEnvironment(tools),
    encoding: "utf8",
  });
  if (status !== 0) throw new Error(`go ${args.join(" ")}: ${error?.message ?? stderr.slice(-2_000)}`);
}
