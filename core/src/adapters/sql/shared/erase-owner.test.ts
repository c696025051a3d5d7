import { expect, test } from "bun:test";
import { join } from "node:path";
import { tempDir } from "@vidferry/testing";
import { aResult, attemptOf, byWorker, created } from "@vidferry/testing/conformance";
import { missingService } from "@vidferry/testing/services";
import { createApiKey } from "../../../accounts/key-secret.ts";
import type { Database } from "../../../database/database.ts";
import { createIdGenerator, systemClock } from "../../system/index.ts";
import { storeDatabase } from "../postgres/fixtures/test-database.ts";
import { openSqlite } from "../sqlite/bun.ts";
import { sqliteStore } from "../sqlite/index.ts";

const name = "erased-person";

/** Whatever is kept for somebody with one job, which was the last that was started. */
async function eraseSomebody(store: Database): Promise<void> {
  await store.accounts.limit(name, { queuedJobs: 5 });
  const { key } = await createApiKey({ ids: createIdGenerator(), clock: systemClock }, { name: "theirs", owner: name });
  await store.keys.insert(key);
  const { id } = await created(store, { owner: name });
  const [job] = await store.attempts.claimNext(1, byWorker);
  if (job === undefined) throw new Error("nothing was started");
  await store.attempts.succeed(attemptOf(job), { ...aResult, retentionMs: null });
  await store.jobs.remove(id, name);
  while ((await store.accounts.erase(name, 100)) > 0);
}

test("no row of any table of SQLite names an owner who was erased", async () => {
  await using dir = await tempDir();
  const path = join(dir.path, "jobs.db");
  const store = sqliteStore({ path });
  await eraseSomebody(store);
  await store.close();
  const driver = openSqlite(path);
  const tables = driver
    .rows("select name from sqlite_master where type = 'table' and sql not like 'create virtual%'", [])
    .map(([table]) => String(table));
  const named = tables.filter((table) => JSON.stringify(driver.rows(`select * from "${table}"`, [])).includes(name));
  driver.close();
  expect([tables.length > 20, named]).toEqual([true, []]);
});

test.skipIf(missingService("postgres") !== undefined)(
  "no row of any table of PostgreSQL names an owner who was erased",
  async () => {
    await using database = await storeDatabase();
    const store = database.open();
    await eraseSomebody(store);
    await store.close();
    const tables = await database.client<{ name: string }[]>`
      select table_name as name from information_schema.tables where table_schema = 'vidferry'`;
    const named: string[] = [];
    for (const table of tables) {
      const rows = await database.client.unsafe(`select to_json(one)::text as row from "${table.name}" as one`);
      if (rows.some(({ row }) => String(row).includes(name))) named.push(table.name);
    }
    expect([tables.length > 20, named]).toEqual([true, []]);
  },
);
