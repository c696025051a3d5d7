/**
 * What many schedules that are not due cost an idle process, on SQLite and PostgreSQL: the share of a core that its task takes with
 * none and with many, and how long one look takes.
 * Usage: bun bench/schedules.ts [schedules] [seconds]
 */
import { Database as SqliteFile } from "bun:sqlite";
import { join } from "node:path";
import { createServiceFixture, tempDir } from "@vidferry/testing";
import { createTestDatabase, useService } from "@vidferry/testing/services";
import postgres from "postgres";
import { postgresStore } from "../core/src/adapters/sql/postgres/index.ts";
import { sqliteStore } from "../core/src/adapters/sql/sqlite/index.ts";
import { type Database, defaultMaintenanceOptions, serviceTasks, startMaintenance } from "../core/src/index.ts";
import { median, timed } from "./figures.ts";
import { processorSeconds } from "./processor.ts";

const many = Number(process.argv[2] ?? 100_000);
const seconds = Number(process.argv[3] ?? 30);

await using dir = await tempDir("vidferry-bench-schedules");
await using server = await createTestDatabase(await useService("postgres"));
const path = join(dir.path, "vidferry.db");
const columns =
  "insert into vidferry_schedules (id, owner, name, state, cron, time_zone, schema_version, download, only_new, next_run_at, last_run_at, created_at, updated_at)";
const download = JSON.stringify({ url: "https://www.youtube.com/watch?v=dQw4w9WgXcQ" });

const databases: Readonly<
  Record<string, { store: Database & { migrate(): Promise<unknown> }; fill(): Promise<void> }>
> = {
  SQLite: {
    store: sqliteStore({ path }),
    fill: async () => {
      const [file, now] = [new SqliteFile(path), Date.now()];
      file.run(
        `${columns.replace("vidferry_", "")} with recursive numbers(n) as (select 1 union all select n + 1 from numbers where n < ${many})
        select printf('sch_%032x', n), 'owner' || n % 200, 'A name ' || n, 'active', '0 6 * * *', 'Europe/Berlin', 3, '${download}', 0,
          ${now} + 3600000 + n * 1000, ${now} - 3600000, ${now} - n * 1000, ${now} from numbers`,
      );
      file.close();
    },
  },
  PostgreSQL: {
    store: postgresStore({ url: server.url }),
    fill: async () => {
      const client = postgres(server.url, { max: 1, onnotice: () => undefined });
      await client.unsafe(
        `${columns.replace("vidferry_", "vidferry.")} select 'sch_' || lpad(to_hex(n), 32, '0'), 'owner' || n % 200, 'A name ' || n, 'active',
          '0 6 * * *', 'Europe/Berlin', 3, '${download}'::jsonb, 0, now() + interval '1 hour' + n * interval '1 second',
          now() - interval '1 hour', now() - n * interval '1 second', now() from generate_series(1, ${many}) n`,
      );
      await client.unsafe("vacuum analyze vidferry.schedules");
      await client.end();
    },
  },
};

for (const [name, { store, fill }] of Object.entries(databases)) {
  await store.migrate();
  await using fixture = await createServiceFixture({}, { database: store });
  const tasks = serviceTasks(fixture.deps, defaultMaintenanceOptions).filter((task) => task.name === "due-schedules");
  /** The share of a core that the task takes. */
  const share = async (): Promise<number> => {
    const maintenance = startMaintenance(fixture.deps, tasks);
    const before = processorSeconds(process.pid);
    const passed = await timed(() => Bun.sleep(seconds * 1_000));
    const used = processorSeconds(process.pid) - before;
    await maintenance.stop();
    return used / passed;
  };
  const none = await share();
  await fill();
  const all = await share();
  const looks = [];
  for (let look = 0; look < 50; look += 1) looks.push(await timed(() => store.schedules.due(200)));
  const percent = (part: number): string => `${(part * 100).toFixed(2)} %`;
  console.log(`${name}: ${percent(all)} of a core with ${many} schedules, ${percent(none)} with none (goal: < 1 %)`);
  console.log(`${name}: a look at what is due takes ${(median(looks) * 1_000).toFixed(2)} ms`);
}
