import { Database as SqliteFile } from "bun:sqlite";
import { afterAll, beforeAll, expect, test } from "bun:test";
import { join } from "node:path";
import { type TempDir, tempDir } from "@vidferry/testing";
import type { Job } from "../../../jobs/job.ts";
import type { JobQuery } from "../../../jobs/jobs.ts";
import { type SqliteStore, sqliteStore } from "./index.ts";

const [old, fresh] = [2_600, 700];

let dir: TempDir;
let store: SqliteStore;

// The newest have no title yet, as jobs of a large batch that waits.
beforeAll(async () => {
  dir = await tempDir();
  const path = join(dir.path, "vidferry.db");
  store = sqliteStore({ path });
  await store.migrate();
  const file = new SqliteFile(path);
  file.run(`
    insert into jobs (id, owner, state, schema_version, request, progress, artifacts, artifact_count, warnings, labels,
      attempt, failures, lost_workers, max_attempts, priority, rank, offered_at, search_url, search_title, created_at, updated_at)
    with recursive numbers (n) as (select 1 union all select n + 1 from numbers where n < ${old + fresh})
    select printf('job_%032x', n), 'ada', case when n > ${old} then 'queued' else 'succeeded' end, 1, '{}', '{}', '[]', 0, '[]',
      '{}', 0, 0, 0, 3, 'normal', 0, 0, 'https://x.example/' || n, case when n > ${old} then '' else 'a needle' end, n, n
    from numbers`);
  file.run(`
    insert into job_labels (job_id, name, value, owner, created_at)
    select id, 'team', 'one', owner, created_at from jobs union all
    select id, 'season', 'first', owner, created_at from jobs where created_at <= 300`);
  file.close();
});
afterAll(async () => {
  await store.close();
  await dir[Symbol.asyncDispose]();
});

/** The numbers of all jobs of a list, page after page. */
async function numbersOf(query: Omit<JobQuery, "owner">): Promise<readonly number[]> {
  const all: Job[] = [];
  for (let after: JobQuery["after"]; ; ) {
    const page = await store.jobs.list({ owner: "ada", ...query, ...(after && { after }) });
    all.push(...page);
    if (page.length < query.limit) return all.map(({ createdAt }) => createdAt.getTime());
    after = page.at(-1);
  }
}

const downFrom = (first: number): readonly number[] => Array.from({ length: first }, (_, index) => first - index);

test("a text of many jobs that none of the newest has is paged through in order", async () => {
  expect(await numbersOf({ text: "needle", limit: 900 })).toEqual(downFrom(old));
  expect(await numbersOf({ text: "needle", labels: { season: "first" }, limit: 100 })).toEqual(downFrom(300));
});

test("a text of most jobs is paged through in order", async () => {
  expect(await numbersOf({ text: "x.example", limit: 1_000 })).toEqual(downFrom(old + fresh));
});

test("of two labels the one of few and old jobs is where the list is read from", async () => {
  expect(await numbersOf({ labels: { team: "one", season: "first" }, limit: 100 })).toEqual(downFrom(300));
  const succeeded = { states: ["succeeded"] } as const;
  expect(await numbersOf({ labels: { team: "one", season: "first" }, ...succeeded, limit: 100 })).toEqual(
    downFrom(300),
  );
});

test("more than are counted of a text are said to be more", async () => {
  const { states, exact } = await store.jobs.count({ owner: "ada", text: "needle" });
  expect([states.succeeded, exact]).toEqual([1_000, false]);
});
