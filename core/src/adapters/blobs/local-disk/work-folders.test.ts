import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdir, readdir, stat, symlink, writeFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { tempDir } from "@vidferry/testing";
import { workFoldersConformance } from "@vidferry/testing/conformance";
import type { JobId } from "../../../runtime/ids.ts";
import { localWorkFolders } from "./work-folders.ts";

const job: JobId = "job_0000000000000000000000000000000a";

workFoldersConformance({
  describe,
  test,
  expect,
  beforeAll,
  afterAll,
  name: "local disk",
  create: async () => {
    const folder = await tempDir("vidferry-work");
    return {
      folders: localWorkFolders({ directory: join(folder.path, "made", "on", "demand") }),
      [Symbol.asyncDispose]: () => folder[Symbol.asyncDispose](),
    };
  },
});

test("folders and files are for this user only", async () => {
  await using root = await tempDir("vidferry-work");
  const folder = await localWorkFolders({ directory: root.path }).open(job);
  expect((await stat(folder.path)).mode & 0o777).toBe(0o700);
  expect((await stat(await folder.write("cookies.txt", "secret"))).mode & 0o777).toBe(0o600);
});

test("a folder that another process may still write into is left to it", async () => {
  await using root = await tempDir("vidferry-work");
  const running = new Set(["one", "two"]);
  const foldersOf = (name: string) =>
    localWorkFolders({ directory: root.path, worker: { name, mayStillRun: (other) => running.has(other) } });
  const [one, two, three] = [foldersOf("one"), foldersOf("two"), foldersOf("three")];
  const first = await one.open(job);
  await first.write("video.part", "half");
  expect((await one.open(job)).path).toBe(first.path);

  const second = await two.open(job);
  expect(second.path).not.toBe(first.path);
  expect(await second.read("video.part")).toBeNull();

  running.delete("one");
  expect(await (await three.open(job)).read("video.part")).toBe("half");
  expect(await three.list()).toEqual([job]);
  await three.remove(job);
  expect((await readdir(root.path)).sort()).toEqual([basename(second.path), `${basename(second.path)}.owner`]);
  running.delete("two");
  await three.remove(job);
  expect(await readdir(root.path)).toEqual([]);
});

test("a released folder is continued by another process, and a removed one leaves no trace", async () => {
  await using root = await tempDir("vidferry-work");
  const foldersOf = (name: string) =>
    localWorkFolders({ directory: root.path, worker: { name, mayStillRun: () => true } });
  const first = await foldersOf("one").open(job);
  await first.write("video.part", "half");
  await first.release();
  const second = await foldersOf("two").open(job);
  expect(await second.read("video.part")).toBe("half");
  await first.release();
  const third = await foldersOf("three").open(job);
  expect(third.path).not.toBe(second.path);
  await second.remove();
  await third.release();
  await foldersOf("three").remove(job);
  expect(await readdir(root.path)).toEqual([]);
});

test("foreign names and links are not taken for work folders", async () => {
  await using root = await tempDir("vidferry-work");
  const directory = join(root.path, "work");
  const folders = localWorkFolders({ directory });
  await mkdir(join(directory, "lost+found"), { recursive: true });
  await mkdir(join(root.path, "outside"));
  await writeFile(join(directory, "job_0000000000000000000000000000000b"), "a file");
  await symlink(join(root.path, "outside"), join(directory, job));
  expect(await folders.list()).toEqual([]);
  await expect(folders.open(job)).rejects.toMatchObject({ code: "storage_error" });
  await folders.remove(job);
  expect(await readdir(root.path)).toContain("outside");
});

test("a file that is a link is not read and not followed by a write", async () => {
  await using root = await tempDir("vidferry-work");
  const folder = await localWorkFolders({ directory: join(root.path, "work") }).open(job);
  const secret = join(root.path, "secret");
  await writeFile(secret, "secret");
  await symlink(secret, join(folder.path, "plan.json"));
  await expect(folder.read("plan.json")).rejects.toMatchObject({ code: "storage_error" });
  await folder.write("plan.json", "mine");
  expect(await folder.read("plan.json")).toBe("mine");
  expect((await stat(secret)).size).toBe(6);
});
