/**
 * The statistics and the history at many ended jobs, on SQLite and PostgreSQL: how long a question takes, how fast ends are
 * counted, and how many jobs can end a second: while they are written to the history and counted beside, and with neither.
 * Usage: bun bench/records.ts [ended jobs] [ends] [rounds]
 */

import { Database as SqliteFile } from "bun:sqlite";
import { join } from "node:path";
import { tempDir } from "@vidferry/testing";
import { aResult, attemptOf, byWorker, created, must } from "@vidferry/testing/conformance";
import { createTestDatabase, useService } from "@vidferry/testing/services";
import postgres from "postgres";
import { postgresStore } from "../core/src/adapters/sql/postgres/index.ts";
import { sqliteStore } from "../core/src/adapters/sql/sqlite/index.ts";
import type { Database, StatsBy } from "../core/src/index.ts";
import { alternate, median, timed } from "./figures.ts";

const many = Number(process.argv[2] ?? 1_000_000);
const ends = Number(process.argv[3] ?? 2_000);
const rounds = Number(process.argv[4] ?? 5);

/** Two years of jobs of 200 owners at twenty hosts; a few failed. */
const columns =
  "insert into history (job_id, ended_at, owner, state, code, url, title, labels, host, output, files, bytes, attempts, created_at, started_at, counted)";
const seconds = 2 * 365 * 86_400;

const dir = await tempDir("vidferry-bench-records");
const path = join(dir.path, "vidferry.db");
const sqlite = sqliteStore({ path });
await sqlite.migrate();
const database = await createTestDatabase(await useService("postgres"));
const server = postgresStore({ url: database.url, maxConnections: 10 });
await server.migrate();

const file = new SqliteFile(path);
file.run("pragma busy_timeout = 60000");
const nowMs = Date.now();
file.run(
  `${columns} with recursive numbers(n) as (select 1 union all select n + 1 from numbers where n < ${many})
  select printf('job_%032x', n), ${nowMs} - n * ${Math.floor((seconds * 1000) / many)}, 'owner' || n % 200,
    case when n % 10 = 0 then 'failed' else 'succeeded' end, case when n % 10 = 0 then 'network_error' end,
    'https://x.example/' || n, 'A title ' || n, '{}', 'host' || n % 20 || '.example', 'video', 1, n * 1000, 1,
    ${nowMs} - n * ${Math.floor((seconds * 1000) / many)} - 60000, ${nowMs} - n * ${Math.floor((seconds * 1000) / many)} - n % 50000, 0 from numbers`,
);
file.close();
const client = postgres(database.url, { max: 1, connection: { search_path: "vidferry" }, onnotice: () => undefined });
await client.unsafe(
  `${columns} select 'job_' || lpad(to_hex(n), 32, '0'), ended, 'owner' || n % 200,
    case when n % 10 = 0 then 'failed' else 'succeeded' end, case when n % 10 = 0 then 'network_error' end,
    'https://x.example/' || n, 'A title ' || n, '{}', 'host' || n % 20 || '.example', 'video', 1, n * 1000::bigint, 1,
    ended - interval '1 minute', ended - n % 50000 * interval '1 millisecond', 0
  from (select n, date_trunc('milliseconds', now()) - n * interval '${Math.floor((seconds * 1000) / many)} milliseconds' as ended
    from generate_series(1, ${many}) n) as numbers`,
);

/** Lets the database drop what is written to the history, or keep it again. */
const switches: Readonly<Record<string, (keeps: boolean) => Promise<unknown>>> = {
  SQLite: async (keeps) => {
    const beside = new SqliteFile(path);
    beside.run("pragma busy_timeout = 60000");
    beside.run(
      keeps
        ? "drop trigger if exists bench_drops"
        : "create trigger if not exists bench_drops before insert on history begin select raise(ignore); end",
    );
    beside.close();
  },
  PostgreSQL: (keeps) =>
    client.unsafe(
      keeps
        ? "drop trigger if exists bench_drops on history"
        : `create or replace function bench_drop() returns trigger language plpgsql as 'begin return null; end';
          create or replace trigger bench_drops before insert on history for each row execute function bench_drop()`,
    ),
};

for (const [name, store] of Object.entries({ SQLite: sqlite, PostgreSQL: server })) {
  const counting = await timed(async () => {
    while ((await store.stats.countEnded(500)) > 0);
  });
  console.log(`${name}: ${many} ends counted in ${counting.toFixed(1)} s`);
  if (name === "PostgreSQL") await client`vacuum analyze`;
  await measureQuestions(name, store);
  await measureEnds(name, store);
}
await client.end();
await Promise.all([sqlite.close(), server.close()]);
await database[Symbol.asyncDispose]();
await dir[Symbol.asyncDispose]();
process.exit();

async function measureQuestions(name: string, store: Database): Promise<void> {
  const to = new Date(Math.ceil(nowMs / 3_600_000) * 3_600_000);
  const questions: readonly (readonly [StatsBy, number])[] = [
    ...(["day", "state", "code", "host", "owner"] as const).map((by) => [by, 730] as const),
    ["hour", 62],
  ];
  for (const [by, days] of questions) {
    for (const owner of by === "owner" ? [null] : [null, "owner7"]) {
      const from = new Date(to.getTime() - days * 86_400_000 + 5 * 3_600_000);
      const times = [];
      for (let round = 0; round < 9; round += 1)
        times.push((await timed(() => store.stats.read({ by, owner, from, to }))) * 1_000);
      console.log(`${name}: ${days} days by ${by} of ${owner ?? "everybody"}: ${median(times).toFixed(1)} ms`);
    }
  }
  const pages = [];
  for (let round = 0; round < 9; round += 1)
    pages.push(
      (await timed(() => store.history.list({ owner: "owner7", limit: 500, to: new Date(nowMs - 300 * 86_400_000) }))) *
        1_000,
    );
  console.log(`${name}: a page of 500 of a history: ${median(pages).toFixed(1)} ms`);
}

/** Ends as workers write them, while they are counted as the maintenance does it; and ends that no history is kept of. */
async function measureEnds(name: string, store: Database): Promise<void> {
  const results = await alternate(
    {
      kept: async () => {
        await switches[name]?.(true);
        let isOver = false;
        const counting = (async () => {
          while (!isOver) if ((await store.stats.countEnded(500)) === 0) await Bun.sleep(100);
        })();
        const rate = await endsPerSecond(store);
        isOver = true;
        await counting;
        return rate;
      },
      dropped: async () => {
        await switches[name]?.(false);
        return await endsPerSecond(store);
      },
    },
    rounds,
  );
  const [kept, dropped] = [median(results.get("kept") ?? []), median(results.get("dropped") ?? [])];
  console.log(
    `${name}: ${kept.toFixed(0)} ends a second with history and statistics, ${dropped.toFixed(0)} without: ${(kept / dropped).toFixed(2)} x`,
  );
}

/** All ends at once from 32 sides. */
async function endsPerSecond(store: Database): Promise<number> {
  const jobs = await Promise.all(
    Array.from({ length: ends }, (_, index) => created(store, { owner: `owner${index % 20}` })),
  );
  const left = [
    ...(await store.attempts.claim(
      jobs.map(({ id }) => id),
      { ...byWorker, leaseMs: 600_000 },
    )),
  ];
  const took = await timed(() =>
    Promise.all(
      Array.from({ length: 32 }, async () => {
        for (let job = left.pop(); job !== undefined; job = left.pop()) {
          const result = {
            ...aResult,
            artifacts: aResult.artifacts.map((one) => ({ ...one, storageKey: `${job?.id}/1` })),
          };
          must(await store.attempts.succeed(attemptOf(job), result));
        }
      }),
    ),
  );
  return ends / took;
}
