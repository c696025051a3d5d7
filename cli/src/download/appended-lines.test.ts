import { expect, test } from "bun:test";
import { appendFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { tempDir } from "@vidferry/testing";
import { appendedLines } from "./appended-lines.ts";

test("lines are taken once, whole, and anew when the file is another one", async () => {
  await using dir = await tempDir("vidferry-lines");
  const path = join(dir.path, "saved.jsonl");
  const lines = appendedLines(path);
  const take = async () => {
    const { lines: taken, isAnother } = await lines.take();
    return [taken.filter((line) => line !== ""), isAnother];
  };
  expect(await take()).toEqual([[], false]);
  await writeFile(path, "one\ntwo\nthr");
  expect(await take()).toEqual([["one", "two"], false]);
  expect(await take()).toEqual([[], false]);
  // Torn, and then written to by another process.
  await appendFile(path, "\nfour — ü\n");
  expect(await take()).toEqual([["thr", "four — ü"], false]);
  await writeFile(path, "new\n");
  expect(await take()).toEqual([["new"], true]);
  await rm(path);
  expect(await take()).toEqual([[], true]);
  expect(await take()).toEqual([[], false]);
});
