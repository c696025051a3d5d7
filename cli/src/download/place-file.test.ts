import { afterEach, beforeEach, expect, test } from "bun:test";
import { mkdir, readdir, readFile, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type TempDir, tempDir } from "@vidferry/testing";
import { placeFile, takeBack } from "./place-file.ts";

let dir: TempDir;
let out: string;
beforeEach(async () => {
  dir = await tempDir("vidferry-place");
  out = join(dir.path, "out");
  await mkdir(out);
});
afterEach(() => dir[Symbol.asyncDispose]());

const source = async (text: string): Promise<string> => {
  const path = join(dir.path, `source-${text}`);
  await writeFile(path, text, { mode: 0o600 });
  return path;
};
/** As on FAT: every hard link is refused. */
const withoutLinks = () => Promise.reject(Object.assign(new Error("no links here"), { code: "EPERM" }));

const disks = [
  ["a file system with hard links", {}],
  ["a file system without", { hardLink: withoutLinks }],
] as const;

test.each(disks)("on %s, of twenty files that want one name at once, one gets it and none is lost", async (_, disk) => {
  const target = join(out, "Twin.mp4");
  const sources = await Promise.all(Array.from({ length: 20 }, (__, index) => source(`twin ${index}`)));
  const won = await Promise.all(sources.map((path) => placeFile(path, target, { bytes: 6, begun: false, ...disk })));
  expect(won.filter(Boolean)).toHaveLength(1);
  expect(await readFile(target, "utf8")).toBe(`twin ${won.indexOf(true)}`);
  for (const [index, path] of sources.entries())
    if (!won[index]) expect(await readFile(path, "utf8")).toBe(`twin ${index}`);
});

test.each(disks)(
  "on %s, a file that is there is never overwritten, not even an empty one or a link",
  async (_, disk) => {
    const path = await source("new");
    await writeFile(join(out, "empty.mp4"), "");
    await writeFile(join(out, "theirs.mp4"), "theirs");
    for (const name of ["empty.mp4", "theirs.mp4"]) {
      const before = await readFile(join(out, name), "utf8");
      expect(await placeFile(path, join(out, name), { bytes: 3, begun: false, ...disk })).toBe(false);
      expect(await readFile(join(out, name), "utf8")).toBe(before);
    }
    expect(await readFile(path, "utf8")).toBe("new");
  },
);

test.each(disks)("on %s, what a killed run began is finished, and what it finished is left", async (_, disk) => {
  const target = join(out, "a.mp4");
  const path = await source("video");
  // Killed after it held the name with an empty file.
  if ("hardLink" in disk) await writeFile(target, "");
  expect(await placeFile(path, target, { bytes: 5, begun: true, ...disk })).toBe(true);
  expect(await placeFile(path, target, { bytes: 5, begun: true, ...disk })).toBe(true);
  expect(await readFile(target, "utf8")).toBe("video");
  expect(await readdir(out)).toEqual(["a.mp4"]);
});

test.each(disks)("on %s, a file is taken back without a trace", async (_, disk) => {
  const target = join(out, "a.mp4");
  const path = await source("video");
  expect(await placeFile(path, target, { bytes: 5, begun: false, ...disk })).toBe(true);
  await takeBack(path, target);
  expect(await readdir(out)).toEqual([]);
  expect(await readFile(path, "utf8")).toBe("video");
});

test.each(disks)("on %s, results follow the umask", async (_, disk) => {
  const before = process.umask(0o027);
  try {
    const target = join(out, "a.mp4");
    await placeFile(await source("video"), target, { bytes: 5, begun: false, ...disk });
    expect((await stat(target)).mode & 0o777).toBe(0o640);
  } finally {
    process.umask(before);
  }
});
