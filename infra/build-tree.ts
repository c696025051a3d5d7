import { cp, mkdir, readFile, stat } from "node:fs/promises";
import { basename, join, relative } from "node:path";
import { type Dockerfile, finalStage, type Stage, valuesOf } from "./dockerfile.ts";

/** Runs a command of a `RUN` line in a folder; rejects when it fails. */
export type RunCommand = (command: string, folder: string) => Promise<void>;

/**
 * Whether `.dockerignore` keeps a path out of the build, by Docker's rule: the last pattern decides that matches the path
 * or a folder above it.
 */
export function readIgnoreFile(text: string): (path: string) => boolean {
  const patterns = text
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "" && !line.startsWith("#"))
    .map((line) => ({ keeps: line.startsWith("!"), glob: new Bun.Glob(line.replace(/^!/, "")) }));
  return (path) => {
    const parts = path.split("/");
    const prefixes = parts.map((_, index) => parts.slice(0, index + 1).join("/"));
    const decider = patterns.findLast(({ glob }) => prefixes.some((prefix) => glob.match(prefix)));
    return decider !== undefined && !decider.keeps;
  };
}

/**
 * Builds `/app` of an image into a folder, without Docker: the stage `packages` first (its `COPY` lines and what it runs),
 * then what the final stage copies from the repository. Other stages, which bring programs, are left out.
 */
export async function buildTree(root: string, dockerfile: Dockerfile, folder: string, run: RunCommand): Promise<void> {
  const isIgnored = readIgnoreFile(await readFile(join(root, ".dockerignore"), "utf8"));
  const packages = dockerfile.stages.find(({ name }) => name === "packages");
  if (!packages) throw new Error("the Dockerfile has no stage named packages");
  await copyInto(root, packages, folder, isIgnored);
  for (const command of valuesOf(packages, "RUN")) await run(command, folder);
  await copyInto(root, finalStage(dockerfile), folder, isIgnored);
}

async function copyInto(
  root: string,
  stage: Stage,
  folder: string,
  isIgnored: (path: string) => boolean,
): Promise<void> {
  for (const value of valuesOf(stage, "COPY").filter((value) => !value.startsWith("--from="))) {
    const paths = value.split(/\s+/);
    const target = paths.pop() ?? "";
    for (const path of paths) {
      const source = join(root, path);
      const isFile = (await stat(source)).isFile();
      if (isFile && isIgnored(path)) throw new Error(`${path} is copied, but .dockerignore keeps it out`);
      const destination = join(folder, isFile && target.endsWith("/") ? join(target, basename(path)) : target);
      await mkdir(join(destination, ".."), { recursive: true });
      const filter = async (file: string) => (await stat(file)).isDirectory() || !isIgnored(relative(root, file));
      await cp(source, destination, { recursive: true, filter });
    }
  }
}
