import { describe, expect, test } from "bun:test";
import { mkdir, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { tempDir } from "@vidferry/testing";
import { byWorker, created, started } from "@vidferry/testing/conformance";
import { applyMigrations } from "../shared/migrations.ts";
import { packagedMigrations } from "../shared/packaged-migrations.ts";
import { openSqlite } from "./bun.ts";
import { sqliteStore } from "./index.ts";

describe("the SQLite file", () => {
  test("is made with its folder on first use, and keeps its jobs over a restart", async () => {
    await using dir = await tempDir();
    const path = join(dir.path, "a", "b", "jobs.db");
    const first = sqliteStore({ path });
    expect(await Bun.file(path).exists()).toBe(false);
    const job = await started(first, { labels: { a: "b" } });
    await first.close();
    const second = sqliteStore({ path });
    expect(await second.jobs.get(job.id, "ada")).toEqual(job);
    await second.close();
  });

  test("leaves no journal behind when it is closed", async () => {
    await using dir = await tempDir();
    const path = join(dir.path, "jobs.db");
    const store = sqliteStore({ path });
    await created(store);
    await store.close();
    expect((await stat(path)).size).toBeGreaterThan(0);
    expect(await Bun.file(`${path}-wal`).exists()).toBe(false);
  });

  test("is shared by two stores: each job goes to one of them", async () => {
    await using dir = await tempDir();
    const stores = [1, 2].map(() => sqliteStore({ path: join(dir.path, "jobs.db") }));
    const [one, two] = stores as [(typeof stores)[0], (typeof stores)[0]];
    const jobs = await Promise.all(Array.from({ length: 50 }, (_, index) => created(index % 2 ? one : two)));
    const ids = jobs.map((job) => job.id);
    const claims = await Promise.all([one.attempts.claim(ids, byWorker), two.attempts.claim(ids, byWorker)]);
    expect(claims.flat()).toHaveLength(50);
    await Promise.all(stores.map((store) => store.close()));
  });

  test("is migrated once by several processes that start at the same time", async () => {
    await using dir = await tempDir();
    const path = join(dir.path, "jobs.db");
    const program = `
      import { sqliteStore } from ${JSON.stringify(join(import.meta.dir, "index.ts"))};
      const store = sqliteStore({ path: ${JSON.stringify(path)} });
      await store.check();
      await store.close();`;
    const children = Array.from({ length: 4 }, () =>
      Bun.spawn([process.execPath, "-e", program], { stdout: "ignore", stderr: "pipe", timeout: 30_000 }),
    );
    const ends = await Promise.all(
      children.map(async (child) => ({ said: await new Response(child.stderr).text(), code: await child.exited })),
    );
    expect(ends).toEqual(children.map(() => ({ said: "", code: 0 })));
  });

  test("holds nothing of a transaction whose process was killed in the middle", async () => {
    await using dir = await tempDir();
    const path = join(dir.path, "jobs.db");
    const store = sqliteStore({ path });
    const job = await created(store);
    const program = `
      import { sqliteStore } from ${JSON.stringify(join(import.meta.dir, "index.ts"))};
      await sqliteStore({ path: ${JSON.stringify(path)} }).transaction(async (tx) => {
        const moved = await tx.jobs.move(${JSON.stringify(job.id)}, null, "cancel");
        console.log(moved.state);
        process.kill(process.pid, "SIGKILL");
        await tx.jobs.countByState();
      });`;
    const child = Bun.spawn([process.execPath, "-e", program], { stdout: "pipe", stderr: "ignore", timeout: 30_000 });
    expect(await new Response(child.stdout).text()).toBe("canceled\n");
    await child.exited;
    expect(child.signalCode).toBe("SIGKILL");
    expect(await store.jobs.get(job.id, null)).toEqual(job);
    expect(await store.transaction((tx) => tx.jobs.move(job.id, null, "cancel"))).toMatchObject({ state: "canceled" });
    await store.close();
  });

  test("is one deployment for all that open it, also after a restart, and another than every other file", async () => {
    await using dir = await tempDir();
    const paths = ["one.db", "one.db", "other.db"].map((name) => join(dir.path, name));
    const ids: string[] = [];
    for (const path of paths) {
      const store = sqliteStore({ path });
      ids.push((await store.deployment()).id);
      await store.close();
    }
    expect(ids[1]).toBe(ids[0] ?? "");
    expect(ids[2]).not.toBe(ids[0] ?? "");
  });

  test("is refused when a newer version migrated it", async () => {
    await using dir = await tempDir();
    const path = join(dir.path, "jobs.db");
    const store = sqliteStore({ path });
    await store.migrate();
    await store.close();
    const driver = openSqlite(path);
    driver.exec("insert into vidferry_migrations (version, hash) values (9999999999999, 'later')");
    driver.close();
    const older = sqliteStore({ path });
    await expect(older.jobs.countByState()).rejects.toMatchObject({
      code: "unavailable",
      message: expect.stringContaining("newer"),
      hint: expect.stringContaining("Upgrade"),
    });
    await older.close();
  });

  test("names what is missing when it was not migrated", async () => {
    await using dir = await tempDir();
    const store = sqliteStore({ path: join(dir.path, "jobs.db"), migrate: false });
    await expect(store.check()).rejects.toMatchObject({ code: "unavailable", hint: "Run `vidferry migrate`." });
    await store.migrate();
    await store.check();
    await store.close();
  });

  test("keeps the old schema whole when a migration fails", async () => {
    const driver = openSqlite(":memory:");
    const session = { run: async (statement: string) => driver.rows(statement, []).length, applied: async () => [] };
    const broken = { version: 1, hash: "x", statements: ["create table a (b text)", "nonsense"] };
    driver.exec("begin");
    await expect(applyMigrations(session, [broken])).rejects.toThrow();
    driver.exec("rollback");
    expect(driver.rows("select name from sqlite_master", [])).toEqual([]);
    driver.close();
    expect(packagedMigrations("sqlite").length).toBeGreaterThan(0);
  });

  test("that is no database, or cannot be opened, is unavailable until it can be", async () => {
    await using dir = await tempDir();
    const path = join(dir.path, "jobs.db");
    await writeFile(path, "this is a text, and a text is no database, however long it is. ".repeat(50));
    const store = sqliteStore({ path });
    await expect(store.jobs.countByState()).rejects.toMatchObject({ code: "unavailable" });
    await Bun.file(path).delete();
    await mkdir(path);
    await expect(store.jobs.countByState()).rejects.toMatchObject({ code: "unavailable" });
    const inAFile = sqliteStore({ path: join(import.meta.path, "jobs.db") });
    await expect(inAFile.jobs.countByState()).rejects.toMatchObject({ code: "unavailable" });
    await Promise.all([store.close(), inAFile.close()]);
  });
});
