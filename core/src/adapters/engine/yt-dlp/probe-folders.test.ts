import { expect, test } from "bun:test";
import { mkdir, readdir, stat, utimes } from "node:fs/promises";
import { join } from "node:path";
import { tempDir } from "@vidferry/testing";
import { probeFolders } from "./probe-folders.ts";

test("what a killed process left of its looking at a link is removed, and nothing that is in use", async () => {
  await using dir = await tempDir("vidferry-probes");
  const directory = join(dir.path, "probes");
  await mkdir(join(directory, "vidferry-probe-left/cookies-x"), { recursive: true });
  await mkdir(join(directory, "vidferry-probe-used"));
  const past = new Date(Date.now() - 2 * 3_600_000);
  await utimes(join(directory, "vidferry-probe-left"), past, past);
  await mkdir(join(directory, "somebody-elses"));
  await utimes(join(directory, "somebody-elses"), past, past);
  let now = 0;
  const folders = probeFolders(directory, () => now);
  const opened = await folders.open();
  expect((await stat(opened)).mode & 0o777).toBe(0o700);
  expect((await readdir(directory)).sort()).toEqual(
    [opened.slice(directory.length + 1), "somebody-elses", "vidferry-probe-used"].sort(),
  );

  await utimes(join(directory, "vidferry-probe-used"), past, past);
  await folders.open();
  expect(await readdir(directory)).toContain("vidferry-probe-used");
  now += 2 * 3_600_000;
  await folders.open();
  expect(await readdir(directory)).not.toContain("vidferry-probe-used");
});
