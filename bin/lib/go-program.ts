import { spawnSync } from "node:child_process";
import { accessSync, constants } from "node:fs";
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

/** Builds a program of exactly this version where it is not there yet: minutes. @returns its path. @throws Error with Go's output. */
export function buildGoProgram(tools: string, program: GoProgram): string {
  const folder = folderOf(tools, program);
  const path = join(folder, program.name);
  if (isProgram(path)) return path;
  // Go checks modules against its checksum database. Its caches would lie outside the clone.
  const env = {
    ...process.env,
    CGO_ENABLED: "0",
    GOBIN: folder,
    GOPATH: join(tools, "go/path"),
    GOCACHE: join(tools, "go/cache"),
    GOFLAGS: "-modcacherw -trimpath",
  };
  const { status, stderr, error } = spawnSync("nice", ["-n", "19", "go", "install", "-ldflags=-s -w", program.module], {
    env,
    encoding: "utf8",
  });
  if (status !== 0)
    throw new Error(
      `${program.name} could not be built from ${program.module}: ${error?.message ?? stderr.slice(-2_000)}`,
    );
  return path;
}
