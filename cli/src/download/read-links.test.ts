import { expect, test } from "bun:test";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { tempDir } from "@vidferry/testing";
import { readRate } from "./rate.ts";
import { readLinks } from "./read-links.ts";

const text = "\ufeff# my list\r\nhttps://youtu.be/a\r\n\r\n  https://youtu.be/b  \n;off\nhttps://youtu.be/c";

test("links come from the command line, a file and standard input, one a line, without comments", async () => {
  await using dir = await tempDir("vidferry-links");
  const path = join(dir.path, "links.txt");
  await writeFile(path, text);
  const links = ["https://youtu.be/a", "https://youtu.be/b", "https://youtu.be/c"];
  expect(await readLinks([], path)).toEqual(links);
  expect(await readLinks(["first"], "-", async () => text)).toEqual(["first", ...links]);
  expect(await readLinks(["only"], undefined)).toEqual(["only"]);
});

test("a file of links that is not there is named", async () => {
  await expect(readLinks([], "/nowhere/links.txt")).rejects.toThrow("--input: /nowhere/links.txt cannot be read");
});

test.each([
  ["500k", 500_000],
  ["2.5M", 2_500_000],
  ["1 MB/s", 1_000_000],
  ["1GiB", 1_000_000_000],
  ["64000", 64_000],
])("a rate of %s is %d bytes a second", (written, bytes) => {
  expect(readRate(written)).toBe(bytes);
});

test.each(["fast", "", "0", "999", "-5k", "5x", "1e9"])("%j is no rate", (written) => {
  expect(() => readRate(written)).toThrow("--limit-rate: expected");
});
