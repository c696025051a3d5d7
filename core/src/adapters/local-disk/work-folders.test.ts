import { expect, test } from "bun:test";
import { mkdir, readdir, stat, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { JobId } from "../../job/ids.ts";
import { describeWorkFolders } from "../../testing/conformance/work-folders.ts";
import { tempDir } from "../../testing/temp-dir.ts";
import { localWorkFolders } from "./work-folders.ts";

const job: JobId = "job_0000000000000000000000000000000a";

describeWorkFolders("local disk", async () => {
  const folder = await tempDir("vidferry-work");
  return {
    folders: localWorkFolders({ directory: join(folder.path, "made", "on", "demand") }),
    [Symbol.asyncDispose]: () => folder[Symbol.asyncDispose](),
  };
});

test("folders and files are for this user only", async () => {
  await using root = await tempDir("vidferry-work");
  const folder = await localWorkFolders({ directory: root.path }).open(job);
  expect((await stat(folder.path)).mode & 0o777).toBe(0o700);
  expect((await stat(await folder.write("cookies.txt", "secret"))).mode & 0o777).toBe(0o600);
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
