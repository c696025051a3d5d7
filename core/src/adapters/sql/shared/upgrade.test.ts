import { describe, expect, test } from "bun:test";
import { cp, readFile } from "node:fs/promises";
import { join } from "node:path";
import { onlyWhole, tempDir } from "@vidferry/testing";
import { aResult, attemptOf, must, started } from "@vidferry/testing/conformance";
import { createTestDatabase, missingService, useService } from "@vidferry/testing/services";
import postgres from "postgres";
import type { Database } from "../../../database/database.ts";
import { openFile } from "../../../library/read-file.ts";
import { localDiskBlobs } from "../../blobs/local-disk/index.ts";
import { systemClock } from "../../system/clock.ts";
import { postgresStore } from "../postgres/index.ts";
import { openSqlite } from "../sqlite/bun.ts";
import { sqliteStore } from "../sqlite/index.ts";

/** What commit 81972c4 wrote, the first whose data is promised to stay: dumps of its databases, and its files. */
const written = join(import.meta.dir, "fixtures/81972c4");

const back = join(import.meta.dir, "../../../../migrations/back");

/** A database as that commit left it. */
interface OldDatabase extends AsyncDisposable {
  /** Artifacts of each job as the column holds them, by job. */
  artifacts(): Promise<Map<string, unknown[]>>;
  /** Tables and columns, as a version that reads them sees them. */
  shape(): Promise<readonly string[]>;
  /** Goes back as the documentation says. */
  goBack(): Promise<void>;
  /** Writes as a process of a version that knows no rows for artifacts. */
  write(sql: string): Promise<void>;
  open(): Database & { migrate(): Promise<void> };
}

const parsed = (rows: readonly (readonly [string, string])[]) =>
  new Map(rows.map(([id, artifacts]) => [id, JSON.parse(artifacts) as unknown[]]));

async function oldSqlite(): Promise<OldDatabase> {
  const dir = await tempDir();
  const path = join(dir.path, "vidferry.db");
  const driver = openSqlite(path);
  driver.exec("pragma journal_mode = wal");
  driver.exec(await readFile(join(written, "sqlite.sql"), "utf8"));
  driver.exec("pragma foreign_keys = on");
  return {
    artifacts: async () => parsed(driver.rows("select id, artifacts from jobs", []) as never),
    shape: async () =>
      driver
        .rows(
          `select tables.name || '.' || columns.name from sqlite_master as tables, pragma_table_info(tables.name) as columns
          where tables.type = 'table' union select name from sqlite_master where type in ('index', 'trigger') order by 1`,
          [],
        )
        .map(([name]) => String(name)),
    goBack: async () => driver.exec(await readFile(join(back, "sqlite.sql"), "utf8")),
    write: async (sql) => driver.exec(sql),
    open: () => sqliteStore({ path }),
    [Symbol.asyncDispose]: async () => {
      driver.close();
      await dir[Symbol.asyncDispose]();
    },
  };
}

async function oldPostgres(): Promise<OldDatabase> {
  const database = await createTestDatabase(await useService("postgres"));
  const loading = postgres(database.url, { max: 1, onnotice: () => undefined });
  await loading.unsafe(await readFile(join(written, "postgres.sql"), "utf8"));
  await loading.end();
  const client = postgres(database.url, {
    max: 1,
    onnotice: () => undefined,
    connection: { search_path: "vidferry, public" },
  });
  return {
    artifacts: async () => {
      const rows = await client<{ id: string; list: string }[]>`select id, artifacts::text as list from jobs`;
      return parsed(rows.map(({ id, list }) => [id, list]));
    },
    shape: async () => {
      const rows = await client<{ name: string }[]>`
        select table_schema || '.' || table_name || '.' || column_name as name from information_schema.columns
        where table_schema in ('public', 'vidferry')
        union select schemaname || ' ' || indexname from pg_indexes where schemaname in ('public', 'vidferry')
        union select tgname from pg_trigger where not tgisinternal order by 1`;
      return rows.map(({ name }) => name);
    },
    goBack: async () => void (await client.unsafe(await readFile(join(back, "postgres.sql"), "utf8"))),
    write: async (sql) => void (await client.unsafe(sql)),
    open: () => postgresStore({ url: database.url, migrate: true }),
    [Symbol.asyncDispose]: async () => {
      await client.end({ timeout: 5 });
      await database[Symbol.asyncDispose]();
    },
  };
}

const dialects = {
  SQLite: { missing: undefined, old: oldSqlite },
  PostgreSQL: { missing: missingService("postgres"), old: oldPostgres },
};

for (const [dialect, { missing, old }] of Object.entries(dialects)) {
  describe.skipIf(missing !== undefined)(`data of commit 81972c4 on ${dialect}`, () => {
    // In short the way back and old processes are tried on one of them.
    const testEach = dialect === "PostgreSQL" ? onlyWhole(test) : test;

    test("keeps every job, every artifact as a row that names its blob, and every file under its key", async () => {
      await using database = await old();
      await using dir = await tempDir();
      await cp(join(written, "files"), dir.path, { recursive: true });
      const before = await database.artifacts();
      const store = database.open();
      await store.migrate();
      const jobs = await store.jobs.list({ owner: "local", limit: 10 });
      expect(new Map(jobs.map((job) => [job.id as string, [...job.artifacts]]))).toEqual(before as never);
      expect(jobs.map((job) => job.state)).toEqual(["queued", "canceled", "succeeded", "succeeded", "succeeded"]);
      expect(await store.keys.findByHash("a-hash")).toMatchObject({ name: "ci" });
      expect(await store.jobs.list({ owner: "local", labels: { project: "old" }, limit: 5 })).toHaveLength(1);
      const artifacts = jobs.flatMap((job) => job.artifacts);
      const keys = artifacts.map(({ storageKey }) => storageKey);
      expect(keys).toHaveLength(3);
      expect(await store.blobs.known(keys)).toEqual(new Set(keys));
      expect(await Promise.all(keys.map((key) => store.blobs.references(key)))).toEqual([1, 1, 1]);
      const blobs = localDiskBlobs({ directory: dir.path });
      for (const job of jobs.filter(({ artifacts: some, expiresAt }) => some.length > 0 && expiresAt === null)) {
        const [artifact] = job.artifacts;
        const opened = await openFile(
          { database: store, blobs, clock: systemClock },
          job.id,
          "local",
          artifact?.id ?? "",
        );
        expect((await new Response(opened.blob.body).bytes()).length).toBe(artifact?.bytes ?? -1);
      }
      await Promise.all([store.close(), blobs.close()]);
    });

    testEach(
      "goes back by the documented way with every job, also those made since, and can be upgraded again",
      async () => {
        await using database = await old();
        const shape = await database.shape();
        const store = database.open();
        await store.migrate();
        const running = await started(store, { owner: "local", labels: { project: "new" } });
        await store.attempts.succeed(attemptOf(running), { ...aResult, retentionMs: null });
        const jobs = await store.jobs.list({ owner: "local", limit: 10 });
        await store.close();
        await database.goBack();
        expect(await database.shape()).toEqual(shape);
        expect(await database.artifacts()).toEqual(new Map(jobs.map((job) => [job.id, [...job.artifacts]])));
        const again = database.open();
        await again.migrate();
        expect(await again.jobs.list({ owner: "local", limit: 10 })).toEqual(jobs);
        expect(await again.jobs.list({ owner: "local", labels: { project: "new" }, limit: 10 })).toHaveLength(1);
        expect(await again.blobs.references(must(jobs[0]?.artifacts[0]).storageKey)).toBe(1);
        await again.close();
      },
    );

    testEach("is written on by old processes beside new ones, and the rows follow", async () => {
      await using database = await old();
      const store = database.open();
      await store.migrate();
      const [waiting] = await store.jobs.list({ owner: null, states: ["queued"], limit: 1 });
      const [kept] = await store.jobs.list({ owner: null, states: ["succeeded"], limit: 1 });
      const artifact = JSON.stringify([{ ...kept?.artifacts[0], id: "art_old", storageKey: "jobs/old/1/art_old.mp4" }]);
      await database.write(
        `update jobs set state = 'succeeded', artifacts = '${artifact}', artifact_count = 1 where id = '${waiting?.id}'`,
      );
      expect(await store.blobs.references("jobs/old/1/art_old.mp4")).toBe(1);
      await database.write(`update jobs set artifacts = '[]', artifact_count = 0 where id = '${waiting?.id}'`);
      expect(await store.blobs.references("jobs/old/1/art_old.mp4")).toBe(0);
      await database.write(`delete from jobs where id = '${kept?.id}'`);
      const left = [kept?.artifacts[0]?.storageKey ?? "", "jobs/old/1/art_old.mp4"];
      expect(await store.blobs.listUnreferenced(10, 0)).toEqual(left.toSorted());
      await store.close();
    });
  });
}
