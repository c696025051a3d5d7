import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { chmod, mkdir, readdir, readFile, stat, symlink, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type TempDir, tempDir } from "@vidferry/testing";
import type { CookieCopy } from "../../../../egress/egresses.ts";
import type { Logger } from "../../../../telemetry/logger.ts";
import { createSilentLogger } from "../../../system/index.ts";
import { cookieFileProblem, openCookieFile } from "./cookie-file.ts";

const line = (name: string, value: string, expires = 2_000_000_000) =>
  [".youtube.com", "TRUE", "/", "TRUE", String(expires), name, value].join("\t");
const fileOf = (...lines: string[]) => `# Netscape HTTP Cookie File\n${lines.map((one) => `${one}\n`).join("")}`;

let dir: TempDir;
let path: string;
let home: string;
let warnings: string[];
const logger: Logger = { ...createSilentLogger(), warn: (message) => void warnings.push(message) };

beforeEach(async () => {
  dir = await tempDir("vidferry-cookies");
  await mkdir(join(dir.path, "shared"));
  path = join(dir.path, "shared/cookies.txt");
  home = join(dir.path, "home");
  await mkdir(home);
  warnings = [];
});
afterEach(() => dir[Symbol.asyncDispose]());

const put = (...lines: string[]) => writeFile(path, fileOf(...lines), { mode: 0o640 });
const text = () => readFile(path, "utf8");
/** What yt-dlp would do: writes the whole file anew. */
const rewrite = (copy: CookieCopy, ...lines: string[]) => writeFile(copy.path, fileOf(...lines));

describe("cookies that are copied for a run", () => {
  test("are a private copy in a folder of its own, which is gone afterwards", async () => {
    await writeFile(path, `${fileOf(line("A", "1"))}not a cookie\n#HttpOnly_${line("B", "2")}\n`);
    const cookies = openCookieFile(path);
    const [one, other] = await Promise.all([cookies.copyInto(home), cookies.copyInto(home)]);
    expect(one.path).not.toBe(other.path);
    expect((await stat(one.path)).mode & 0o777).toBe(0o600);
    expect((await stat(join(one.path, ".."))).mode & 0o777).toBe(0o700);
    // yt-dlp repeats aloud what it cannot read.
    expect(await readFile(one.path, "utf8")).toBe(fileOf(line("A", "1"), line("B", "2")));
    await one.mergeBack({ succeeded: true });
    await other.mergeBack({ succeeded: false });
    expect(await readdir(home)).toEqual([]);
  });

  test("come back as the site changed them; comments, order, marks and rights of the file stay", async () => {
    await writeFile(path, `# Mine\n${line("A", "1")}\n#HttpOnly_${line("B", "2")}\n\n${line("C", "3")}\n`, {
      mode: 0o640,
    });
    await chmod(path, 0o640);
    const copy = await openCookieFile(path).copyInto(home);
    await rewrite(copy, line("A", "1"), line("B", "new"), line("D", "4"));
    await copy.mergeBack({ succeeded: true });
    expect(await text()).toBe(`# Mine\n${line("A", "1")}\n#HttpOnly_${line("B", "new")}\n\n${line("D", "4")}\n`);
    expect((await stat(path)).mode & 0o777).toBe(0o640);
    expect(await readdir(join(dir.path, "shared"))).toEqual(["cookies.txt"]);
  });

  test("come back from the sites that the file names, and from no other", async () => {
    await put(line("A", "1"));
    const copy = await openCookieFile(path).copyInto(home);
    const below = line("D", "4").replace(/^\.youtube/, ".accounts.youtube");
    const foreign = ["tube.com", ".com", "notyoutube.com", ".evil.example", "youtube.com.evil.example"].map((domain) =>
      line("E", "5").replace(/^[^\t]+/, domain),
    );
    await rewrite(copy, line("A", "2"), below, ...foreign);
    await copy.mergeBack({ succeeded: true });
    expect(await text()).toBe(fileOf(line("A", "2"), below));
  });

  test("of runs side by side, also of other processes, all come back", async () => {
    await put(line("A", "1"));
    // Two that know nothing of each other, as in two processes.
    const files = [openCookieFile(path), openCookieFile(path)];
    const runs = Array.from({ length: 20 }, async (_, index) => {
      const copy = await (files[index % 2] as (typeof files)[0]).copyInto(home);
      await rewrite(copy, line("A", "1"), line(`N${index}`, String(index)));
      await copy.mergeBack({ succeeded: true });
    });
    await Promise.all(runs);
    for (let index = 0; index < 20; index += 1) expect(await text()).toContain(line(`N${index}`, String(index)));
    expect(await readdir(join(dir.path, "shared"))).toEqual(["cookies.txt"]);
  });

  test("that are older than those in the file do not come back", async () => {
    await put(line("A", "1", 1_900_000_000), line("B", "1"));
    const cookies = openCookieFile(path);
    const slow = await cookies.copyInto(home);
    const still = await cookies.copyInto(home);
    const quick = await cookies.copyInto(home);
    await rewrite(quick, line("A", "3", 1_900_000_300), line("B", "1"));
    await quick.mergeBack({ succeeded: true });
    await rewrite(slow, line("A", "2", 1_900_000_200), line("B", "1"));
    await slow.mergeBack({ succeeded: true });
    await still.mergeBack({ succeeded: true });
    expect(await text()).toBe(fileOf(line("A", "3", 1_900_000_300), line("B", "1")));
  });

  test("do not mix with those of another account that the operator put there meanwhile", async () => {
    await put(line("A", "1"), line("B", "1"), line("C", "1"));
    const copy = await openCookieFile(path).copyInto(home);
    await rewrite(copy, line("A", "2", 2_100_000_000), line("B", "1"), line("C", "1"));
    await put(line("A", "x"), line("B", "x"), line("C", "x"));
    await copy.mergeBack({ succeeded: true });
    expect(await text()).toBe(fileOf(line("A", "x"), line("B", "x"), line("C", "x")));
  });

  test.each([
    ["emptied", ""],
    ["cut off", fileOf(line("A", "1")).slice(0, -5)],
    ["left with its head alone", fileOf()],
    ["written half", fileOf(line("A", "1"))],
  ])("a copy that a failed run left %s takes nothing away", async (_, left) => {
    await put(line("A", "1"), line("B", "2"));
    const copy = await openCookieFile(path).copyInto(home);
    await writeFile(copy.path, left);
    await copy.mergeBack({ succeeded: false });
    expect(await text()).toBe(fileOf(line("A", "1"), line("B", "2")));
    expect(await readdir(home)).toEqual([]);
  });

  test("of a failed run come back as far as the site changed them", async () => {
    await put(line("A", "1"));
    const copy = await openCookieFile(path).copyInto(home);
    await rewrite(copy, line("A", "2"));
    await copy.mergeBack({ succeeded: false });
    expect(await text()).toBe(fileOf(line("A", "2")));
  });
});

describe("the file", () => {
  test("may be read-only: then this process goes on with what it was given, and says so once", async () => {
    await put(line("A", "1"));
    await chmod(path, 0o440);
    const cookies = openCookieFile(path, logger);
    for (const value of ["2", "3"]) {
      const copy = await cookies.copyInto(home);
      await rewrite(copy, line("A", value));
      await copy.mergeBack({ succeeded: true });
    }
    expect(await text()).toBe(fileOf(line("A", "1")));
    expect(await readFile((await cookies.copyInto(home)).path, "utf8")).toBe(fileOf(line("A", "3")));
    expect(warnings).toEqual([expect.stringContaining("not written back")]);
    expect(JSON.stringify(warnings)).not.toContain("\t");
    // What the operator writes holds again.
    await chmod(path, 0o640);
    await put(line("A", "new"));
    expect(await readFile((await cookies.copyInto(home)).path, "utf8")).toBe(fileOf(line("A", "new")));
  });

  test("may be a link, which stays one", async () => {
    await put(line("A", "1"));
    const alias = join(dir.path, "alias.txt");
    await symlink(path, alias);
    const copy = await openCookieFile(alias).copyInto(home);
    await rewrite(copy, line("A", "2"));
    await copy.mergeBack({ succeeded: true });
    expect(await text()).toBe(fileOf(line("A", "2")));
  });

  test("that is being edited, or gone for a while, does not stop the runs", async () => {
    await put(line("A", "1"));
    const cookies = openCookieFile(path, logger);
    await (await cookies.copyInto(home)).mergeBack({ succeeded: true });
    await writeFile(path, "");
    expect(await readFile((await cookies.copyInto(home)).path, "utf8")).toBe(fileOf(line("A", "1")));
    expect(warnings).toHaveLength(1);
  });

  test("is not locked for ever by a process that was killed", async () => {
    await put(line("A", "1"));
    const lock = `${path}.vidferry-lock`;
    await writeFile(lock, "");
    await utimes(lock, new Date(0), new Date(0));
    const copy = await openCookieFile(path).copyInto(home);
    await rewrite(copy, line("A", "2"));
    await copy.mergeBack({ succeeded: true });
    expect(await text()).toBe(fileOf(line("A", "2")));
  });

  test("are understood as exporters write them: flags in small letters, -1 for the end of the session", async () => {
    const foreign = (secure: string, expiry: string) =>
      [".youtube.com", "true", "/", secure, expiry, "A", "1"].join("\t");
    for (const [written, meant] of [
      [foreign("true", "2000000000"), line("A", "1")],
      [foreign("True", "-1"), line("A", "1", 0)],
      [foreign("false", "0"), line("A", "1", 0).replace("/\tTRUE", "/\tFALSE")],
    ] as const) {
      await writeFile(path, fileOf(written));
      const copy = await openCookieFile(path).copyInto(home);
      expect(await readFile(copy.path, "utf8")).toBe(fileOf(meant));
      await copy.mergeBack({ succeeded: true });
      expect(await text()).toBe(fileOf(written));
    }
  });

  test("says what is wrong with it", async () => {
    expect(cookieFileProblem(path)).toMatch(/expected a file that can be read/);
    await writeFile(path, '[{"name": "A", "value": "SECRET"}]');
    expect(cookieFileProblem(path)).toMatch(/not JSON/);
    await writeFile(path, "# Netscape HTTP Cookie File\n.youtube.com TRUE / TRUE 0 A SECRET\n");
    expect(cookieFileProblem(path)).toMatch(/seven fields separated by tabs/);
    expect(cookieFileProblem(path)).not.toContain("SECRET");
    await writeFile(path, fileOf(line("A", "1")).replaceAll("\n", "\r\n"));
    expect(cookieFileProblem(path)).toBeNull();
  });
});
