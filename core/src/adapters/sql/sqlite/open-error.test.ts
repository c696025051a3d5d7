import { describe, expect, test } from "bun:test";
import { chmod, mkdir, readdir, readFile, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { hasLocklessDisk, locklessDisk, lockRefusals, tempDir } from "@vidferry/testing";
import { systemClock } from "../../system/clock.ts";
import { openSqlite } from "./bun.ts";
import { createSqliteClient } from "./client.ts";
import type { OpenSqlite } from "./driver.ts";
import { sqliteStore } from "./index.ts";

/** What a store says of a file that it cannot open. */
async function refusal(path: string): Promise<Record<string, unknown>> {
  const store = sqliteStore({ path });
  const error: unknown = await store.migrate().catch((thrown: unknown) => thrown);
  await store.close();
  return error as Record<string, unknown>;
}

const refused = (path: string, reason: RegExp) => ({
  code: "unavailable",
  permanent: true,
  message: expect.stringMatching(new RegExp(`${path}.*(${reason.source})`)),
});

/** Runs a store in a process of its own, as a user with ordinary rights, and gives what it printed. */
async function said(path: string, environment: Record<string, string> = {}): Promise<string> {
  const program = `
    const { sqliteStore } = await import(${JSON.stringify(join(import.meta.dir, "index.ts"))});
    await import(${JSON.stringify(join(import.meta.dir, "bun.ts"))});
    if (process.getuid() === 0 && !process.env.LD_PRELOAD) { process.setgid(65534); process.setuid(65534); }
    const store = sqliteStore({ path: ${JSON.stringify(path)} });
    try { await store.migrate(); console.log("migrated"); } catch (e) { console.log(e.code, e.permanent, e.message); }
    await store.close();`;
  const child = Bun.spawn([process.execPath, "-e", program], {
    stdout: "pipe",
    stderr: "pipe",
    env: { ...process.env, ...environment },
  });
  const [out, err] = await Promise.all([new Response(child.stdout).text(), new Response(child.stderr).text()]);
  await child.exited;
  return out + err;
}

describe("a SQLite file that cannot be used", () => {
  test("is left as it is when it is another application's, and the message names it and what to do", async () => {
    await using dir = await tempDir();
    const path = join(dir.path, "theirs.db");
    const theirs = openSqlite(path);
    theirs.exec("create table jobs (theirs text)");
    theirs.exec("insert into jobs values ('a')");
    theirs.close();
    const before = await readFile(path);
    expect(await refusal(path)).toMatchObject({
      ...refused(path, /"jobs" that Vidferry did not make/),
      hint: expect.stringContaining("DATABASE_URL"),
    });
    expect(await readFile(path)).toEqual(before);
    expect(await readdir(dir.path)).toEqual(["theirs.db"]);
  });

  test("is taken when it is empty", async () => {
    await using dir = await tempDir();
    const path = join(dir.path, "jobs.db");
    await writeFile(path, "");
    const store = sqliteStore({ path });
    await store.migrate();
    await store.check();
    await store.close();
  });

  test("names its path and the cause", async () => {
    await using dir = await tempDir();
    const folder = join(dir.path, "folder");
    await mkdir(folder);
    expect(await refusal(folder)).toMatchObject(refused(folder, /it is a folder/));
    const text = join(dir.path, "text");
    await writeFile(text, "this is a text, and a text is no database, however long it is. ".repeat(50));
    expect(await refusal(text)).toMatchObject({
      code: "unavailable",
      permanent: true,
      message: `The database file is damaged, or is no SQLite database. (${text})`,
    });
    const below = join(text, "deep", "jobs.db");
    expect(await refusal(below)).toMatchObject(refused(join(text, "deep"), /a part of its path is a file/));
  });

  test("says that this user may not write it, or its folder", async () => {
    await using dir = await tempDir();
    await chmod(dir.path, 0o777);
    const [file, folder] = [join(dir.path, "jobs.db"), join(dir.path, "folder")];
    await writeFile(file, "");
    await chmod(file, 0o444);
    await mkdir(folder);
    await chmod(folder, 0o555);
    expect(await said(file)).toContain(`unavailable true The database file ${file} cannot be used: this user may not`);
    expect(await said(join(folder, "jobs.db"))).toContain(
      "its folder, where SQLite keeps the journal, may not be written",
    );
    expect(await said(join(folder, "deep", "jobs.db"))).toContain(`${folder}/deep of the database file cannot be made`);
    expect((await stat(file)).size).toBe(0);
  });

  test("says that its disk is full, and is tried again", async () => {
    await using dir = await tempDir();
    const path = join(dir.path, "jobs.db");
    const full: OpenSqlite = (file) => {
      const driver = openSqlite(file);
      // As a disk that takes three pages.
      driver.exec("pragma max_page_count = 3");
      return driver;
    };
    const client = createSqliteClient({ path, clock: systemClock, migrate: true, driver: async () => full });
    await expect(client.connection()).rejects.toMatchObject({
      code: "disk_full",
      permanent: false,
      message: expect.stringContaining(path),
    });
    await client.close();
  });

  test("waits for another process that has it, and says so after that", async () => {
    await using dir = await tempDir();
    const path = join(dir.path, "jobs.db");
    const other = openSqlite(path);
    other.exec("begin exclusive");
    expect(await refusal(path)).toMatchObject({
      code: "unavailable",
      permanent: false,
      message: `The database is locked by another process. (${path})`,
    });
    other.exec("rollback");
    other.close();
    expect(await readdir(dir.path)).toEqual(["jobs.db"]);
  });

  // Where there is a compiler, the system's own calls fail as they do on such a disk.
  if (hasLocklessDisk) {
    for (const [name, errno] of Object.entries(lockRefusals)) {
      test(`says that its disk has no file locks where the system answers ${name}`, async () => {
        await using dir = await tempDir();
        const library = await locklessDisk(dir.path, errno);
        const path = join(dir.path, "jobs.db");
        expect(await said(path, { LD_PRELOAD: library })).toContain(
          `${path} cannot be used: its disk has no file locks`,
        );
        expect((await readdir(dir.path)).toSorted()).toEqual(["jobs.db", "no-locks.c", "no-locks.so"]);
      });
    }
  }
});
