import { describe, expect, test } from "bun:test";
import { join } from "node:path";
import { tempDir } from "@vidferry/testing";
import type { JobQuery } from "../../../jobs/jobs.ts";
import { packagedMigrations } from "../shared/packaged-migrations.ts";
import { openSqlite } from "./bun.ts";
import { migrateFile } from "./client.ts";
import type { SqliteDriver } from "./driver.ts";
import { sqliteStore } from "./index.ts";

const count = 12_000;

/** A file of the version before the search, with jobs and labels. The id of the last is lower than all others. */
async function oldFile(path: string): Promise<void> {
  const driver = openSqlite(path);
  await migrateFile(driver, packagedMigrations("sqlite").slice(0, 3));
  driver.exec(`
    with recursive n (n) as (select 1 union all select n + 1 from n where n < ${count})
    insert into jobs (id, owner, state, schema_version, request, progress, artifacts, artifact_count, warnings, labels,
      attempt, failures, lost_workers, max_attempts, priority, rank, offered_at, search_url, search_title, created_at, updated_at)
    select 'job_' || printf('%032x', case when n = ${count} then 0 else n end), 'ada', 'succeeded', 1, '{"url":"https://youtu.be/aaaaaaaaaaa"}',
      '{}', '[]', 0, '[]', '{}', 1, 0, 0, 3, 'normal', n, n, 'https://youtu.be/' || n, 'title ' || n || '.', n, n from n`);
  driver.exec(
    "insert into job_labels (job_id, name, value) select id, 'mod', cast(created_at % 1000 as text) from jobs",
  );
  driver.close();
}

/** Stops after so many batches, as a process that is killed. */
function dying(driver: SqliteDriver, after: number): SqliteDriver {
  let batches = 0;
  return {
    ...driver,
    rows: (sql, params) => {
      if (sql.trimStart().startsWith("-- In batches")) batches += 1;
      if (batches > after) throw new Error("killed");
      return driver.rows(sql, params);
    },
  };
}

describe("a SQLite file with the jobs of an earlier version", () => {
  test("finds all of them by text and label, also when its migration was cut off again and again", async () => {
    await using dir = await tempDir();
    const path = join(dir.path, "jobs.db");
    await oldFile(path);
    const rowsIn = (driver: SqliteDriver): number =>
      Number(driver.rows("select count(*) from job_search_rows", [])[0]?.[0]);
    // Both are filled in batches, one after the other.
    const filledIn = (driver: SqliteDriver): number =>
      rowsIn(driver) + Number(driver.rows("select count(*) from job_labels where owner is not null", [])[0]?.[0]);
    let filled = 0;
    for (const batches of [1, 1, 5]) {
      const driver = openSqlite(path);
      await expect(migrateFile(dying(driver, batches), packagedMigrations("sqlite"))).rejects.toThrow("killed");
      // What a batch has written stays written: the next try goes on from there.
      expect(filledIn(driver)).toBeGreaterThan(filled);
      filled = filledIn(driver);
      driver.close();
    }
    const store = sqliteStore({ path });
    const found = async (query: Partial<JobQuery>) =>
      (await store.jobs.list({ owner: "ada", limit: 100, ...query })).map((job) => job.createdAt.getTime());
    expect(await found({ text: "title 1." })).toEqual([1]);
    expect(await found({ text: `TITLE ${count}.` })).toEqual([count]);
    expect(await found({ text: "youtu.be/77" })).toHaveLength(100);
    expect(await found({ text: "no such title" })).toEqual([]);
    expect(await found({ labels: { mod: "5" } })).toEqual(
      [11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0].map((k) => k * 1000 + 5),
    );
    await store.close();
    const driver = openSqlite(path);
    expect(rowsIn(driver)).toBe(count);
    expect(driver.rows("select count(*) from job_labels where owner is null or created_at is null", [])).toEqual([[0]]);
    driver.close();
  });

  test("has the artifacts of all of them as rows, also when its migration was cut off again and again", async () => {
    await using dir = await tempDir();
    const path = join(dir.path, "jobs.db");
    await oldFile(path);
    const driver = openSqlite(path);
    // Two files of every second job.
    driver.exec(`
      update jobs set artifact_count = 2, artifacts = json_array(
        json_object('id', 'art_1', 'kind', 'video', 'bytes', 5000000000, 'sha256', 'ab', 'storageKey', 'jobs/' || id || '/1/art_1.mp4'),
        json_object('id', 'art_2', 'kind', 'subtitle', 'bytes', 7, 'sha256', 'cd', 'storageKey', 'jobs/' || id || '/1/art_2.vtt'))
      where created_at % 2 = 0`);
    let kills = 0;
    for (let done = false; !done; ) {
      await migrateFile(dying(driver, 1 + kills), packagedMigrations("sqlite")).then(
        () => {
          done = true;
        },
        () => {
          kills += 1;
        },
      );
    }
    expect(kills).toBeGreaterThan(2);
    const [counts] = driver.rows(
      "select count(*), count(distinct job_id), count(distinct blob_key), sum(bytes) from artifacts join blobs on key = blob_key",
      [],
    );
    expect(counts).toEqual([count, count / 2, count, (count / 2) * 5_000_000_007]);
    driver.close();
  });

  test("takes labels from a process of that version that still runs", async () => {
    const driver = openSqlite(":memory:");
    await migrateFile(driver, packagedMigrations("sqlite"));
    driver.exec(`
      insert into jobs (id, owner, state, schema_version, request, progress, artifacts, artifact_count, warnings, labels,
        attempt, failures, lost_workers, max_attempts, priority, rank, offered_at, search_url, search_title, created_at, updated_at)
      values ('job_1', 'ada', 'queued', 1, '{}', '{}', '[]', 0, '[]', '{}', 0, 0, 0, 3, 'normal', 7, 7, '', '', 7, 7)`);
    driver.exec("insert into job_labels (job_id, name, value) values ('job_1', 'a', 'b')");
    expect(driver.rows("select owner, created_at from job_labels", [])).toEqual([["ada", 7]]);
    driver.close();
  });
});
