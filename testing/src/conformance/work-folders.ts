import { mkdir, readdir, stat, symlink, writeFile } from "node:fs/promises";
import { isAbsolute, join } from "node:path";
import type { JobId, WorkFolders } from "@vidferry/core";
import { markConformance } from "./deployment-mark.ts";
import type { SharingTestKit } from "./test-kit.ts";

/** Work folders under test, empty at first. */
export interface WorkFoldersUnderTest extends AsyncDisposable {
  readonly folders: WorkFolders;
}

const idOf = (number: number): JobId => `job_${number.toString(16).padStart(32, "0")}`;

/** What the {@link WorkFolders} suite needs. */
export interface WorkFoldersSuite extends SharingTestKit {
  readonly name: string;
  /** Creates an empty location for folders. */
  create(): Promise<WorkFoldersUnderTest>;
}

/** What every {@link WorkFolders} must do. */
export function workFoldersConformance(suite: WorkFoldersSuite): void {
  const { describe, test, expect, beforeAll, afterAll, name, create } = suite;
  describe(`work folders: ${name}`, () => {
    let under: WorkFoldersUnderTest;
    let folders: WorkFolders;
    beforeAll(async () => {
      under = await create();
      folders = under.folders;
    });
    afterAll(async () => {
      await under?.[Symbol.asyncDispose]();
    });

    test("before the first folder there are none", async () => {
      expect(await folders.list()).toEqual([]);
      await folders.remove(idOf(1));
    });

    test("a folder is made once, is absolute, and keeps its files for the next attempt", async () => {
      const first = await folders.open(idOf(2));
      expect(isAbsolute(first.path)).toBe(true);
      expect((await stat(first.path)).isDirectory()).toBe(true);
      await writeFile(join(first.path, "video.part"), "half");
      const second = await folders.open(idOf(2));
      expect(second.path).toBe(first.path);
      expect(await second.read("video.part")).toBe("half");
      expect(await folders.list()).toEqual([idOf(2)]);
    });

    test("a text is written whole, replaces the one before, and leaves no other file", async () => {
      const folder = await folders.open(idOf(3));
      expect(await folder.read("plan.json")).toBeNull();
      expect(await folder.write("plan.json", '{"title":"東京 🗼"}')).toBe(join(folder.path, "plan.json"));
      await folder.write("plan.json", "{}");
      expect(await folder.read("plan.json")).toBe("{}");
      expect(await readdir(folder.path)).toEqual(["plan.json"]);
    });

    test("writes at the same time leave one of the texts", async () => {
      const folder = await folders.open(idOf(4));
      const texts = Array.from({ length: 10 }, (_, index) => String(index).repeat(10_000));
      await Promise.all(texts.map((text) => folder.write("same", text)));
      expect(texts).toContain((await folder.read("same"))!);
      expect(await readdir(folder.path)).toEqual(["same"]);
    });

    test.each(["", ".", "..", "../x", "a/b", "/x", "a\u0000"])("the file name %j is refused", async (file) => {
      const folder = await folders.open(idOf(5));
      await expect(folder.write(file, "x")).rejects.toMatchObject({ code: "invalid_request" });
      await expect(folder.read(file)).rejects.toMatchObject({ code: "invalid_request" });
    });

    test.each(["job_../../x", "../x", "", "art_00000000000000000000000000000001"])(
      "the job id %j is refused",
      async (id) => {
        await expect(folders.open(id as JobId)).rejects.toMatchObject({ code: "invalid_request" });
        await expect(folders.remove(id as JobId)).rejects.toMatchObject({ code: "invalid_request" });
      },
    );

    test("the size is the sum of all files, also in folders within", async () => {
      const folder = await folders.open(idOf(6));
      expect(await folder.size()).toBe(0);
      await mkdir(join(folder.path, "a", "b"), { recursive: true });
      await writeFile(join(folder.path, "one"), "x".repeat(1000));
      await writeFile(join(folder.path, "a", "b", "two"), "x".repeat(234));
      expect(await folder.size()).toBe(1234);
    });

    test("a file in it is measured by its path, and nothing that leads out of it", async () => {
      const folder = await folders.open(idOf(8));
      await mkdir(join(folder.path, "media"));
      const file = join(folder.path, "media", "one.mp4");
      await writeFile(file, "x".repeat(1000));
      expect(await folder.bytesOf(file)).toBe(1000);
      expect(await folder.bytesOf(join(folder.path, "media", "two.mp4"))).toBeNull();
      expect(await folder.bytesOf(join(folder.path, "media"))).toBeNull();
      const other = await folders.open(idOf(9));
      const outside = await other.write("secret", "text");
      await symlink(outside, join(folder.path, "link"));
      await symlink(other.path, join(folder.path, "folder"));
      for (const path of [outside, join(folder.path, "link"), join(folder.path, "folder", "secret")]) {
        expect(await folder.bytesOf(path)).toBeNull();
      }
      await Promise.all([folder.remove(), other.remove()]);
    });

    test("a removed folder is gone with everything in it, and removing it again is fine", async () => {
      const folder = await folders.open(idOf(7));
      await mkdir(join(folder.path, "deep", "er"), { recursive: true });
      await writeFile(join(folder.path, "deep", "er", "file"), "x");
      await folder.remove();
      await folder.remove();
      expect(await folders.list()).not.toContain(idOf(7));
      expect(await folder.size()).toBe(0);
      await folders.open(idOf(7));
      await folders.remove(idOf(7));
      expect(await folders.list()).not.toContain(idOf(7));
    });

    markConformance({ test, expect, markOf: () => folders.mark });

    test("free space is a sensible number, and the check leaves nothing", async () => {
      expect(await folders.freeBytes()).toBeGreaterThan(0);
      expect(Number.isSafeInteger(await folders.freeBytes())).toBe(true);
      const before = await folders.list();
      await folders.check();
      expect(await folders.list()).toEqual(before);
    });
  });
}
