import { expect, test } from "bun:test";
import { spawnSync } from "node:child_process";
import { mkdir, readFile, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { findTools, tempDir } from "@vidferry/testing";
import { installedVersion } from "./installed-version.ts";
import { ytDlpThrough } from "./test-downloader.ts";

/** A virtual environment with a yt-dlp of which nothing can be started. */
async function environment(home: string, version: string): Promise<string> {
  const modules = join(home, "lib/python3.13/site-packages/yt_dlp");
  await mkdir(modules, { recursive: true });
  await writeFile(
    join(modules, "version.py"),
    `# Written by a script\n\n__version__ = '${version}'\n\nVARIANT = None\n`,
  );
  await mkdir(join(home, "bin"));
  const program = join(home, "bin/yt-dlp");
  await writeFile(program, `#!${home}/bin/python3\nfrom yt_dlp import main\n`, { mode: 0o755 });
  return program;
}

test("is what the program says of itself, where pip installed it", async () => {
  const { ytDlp } = findTools();
  const said = spawnSync(ytDlp, ["--version"], { encoding: "utf8" }).stdout.trim();
  const found = await installedVersion(ytDlp, process.env["PATH"] ?? "");
  expect([said, null]).toContain(found);
  // The set-up of the clone installs it by pip.
  if (ytDlp.includes("/venv/")) expect(found).toBe(said);
});

test("is told without a start of Python, and anew when another is installed", async () => {
  await using dir = await tempDir();
  const binary = await environment(dir.path, "2026.10.26");
  const downloader = ytDlpThrough({ binary, warm: true });
  expect(await downloader.version()).toBe("2026.10.26");
  const source = join(dir.path, "lib/python3.13/site-packages/yt_dlp/version.py");
  await writeFile(source, (await readFile(source, "utf8")).replace("10.26", "11.02.232811"));
  expect(await downloader.version()).toBe("2026.11.02.232811");
  downloader.close();
});

test("is not guessed where the modules may be those of another Python", async () => {
  await using dir = await tempDir();
  const binary = await environment(dir.path, "2026.10.26");
  const elsewhere = join(dir.path, "elsewhere");
  await mkdir(elsewhere);
  await symlink(binary, join(elsewhere, "yt-dlp"));
  expect(await installedVersion(join(elsewhere, "yt-dlp"), "")).toBeNull();
  await mkdir(join(dir.path, "lib/python3.14"));
  expect(await installedVersion(binary, "")).toBeNull();
});

test("is not that of what lies beside an archive", async () => {
  await using dir = await tempDir();
  const binary = await environment(dir.path, "2026.10.26");
  await writeFile(binary, `#!${dir.path}/bin/python3\nPK\u0003\u0004`);
  expect(await installedVersion(binary, "")).toBeNull();
});
