import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { readdir, readFile, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type TempDir, tempDir } from "@vidferry/testing";
import { replaceFile } from "./replace-file.ts";

let dir: TempDir;
let path: string;

beforeEach(async () => {
  dir = await tempDir("vidferry-replace");
  path = join(dir.path, "cookies.txt");
  await writeFile(path, "a text of some length\n", { mode: 0o640 });
});
afterEach(() => dir[Symbol.asyncDispose]());

const refuse = (code: string) => () => Promise.reject(Object.assign(new Error(`${code}: rename`), { code }));

describe("the text of a file", () => {
  test("is replaced by a new file with the same rights", async () => {
    const { ino, mode } = await stat(path);
    await replaceFile(path, "new\n");
    expect(await readFile(path, "utf8")).toBe("new\n");
    const after = await stat(path);
    expect([after.ino === ino, after.mode]).toEqual([false, mode]);
  });

  test.each(["new\n", `${"longer ".repeat(20)}\n`])(
    "is written in place where the file is mounted by itself",
    async (text) => {
      const { ino } = await stat(path);
      await replaceFile(path, text, refuse("EBUSY"));
      expect(await readFile(path, "utf8")).toBe(text);
      expect((await stat(path)).ino).toBe(ino);
      expect(await readdir(dir.path)).toEqual(["cookies.txt"]);
    },
  );

  test("stays, and nothing lies beside it, when the new one cannot take its place", async () => {
    await expect(replaceFile(path, "new\n", refuse("EACCES"))).rejects.toMatchObject({ code: "EACCES" });
    expect(await readFile(path, "utf8")).toBe("a text of some length\n");
    expect(await readdir(dir.path)).toEqual(["cookies.txt"]);
  });
});
