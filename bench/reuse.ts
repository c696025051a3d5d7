/**
 * Looking for a kept result beside many jobs of one owner, on SQLite and PostgreSQL: one that is there, and one that is not,
 * against reading a job by its id, in turn. Prints the medians and how often as long as that read they take.
 * Usage: bun bench/reuse.ts [jobs] [rounds]
 */
import { join } from "node:path";
import { tempDir } from "@vidferry/testing";
import { createTestDatabase, startPostgres } from "@vidferry/testing/services";
import { postgresStore } from "../core/src/adapters/sql/postgres/index.ts";
import { sqliteStore } from "../core/src/adapters/sql/sqlite/index.ts";
import { alternate, median, timed } from "./figures.ts";
import { idOf, known, writeJobs } from "./job-rows.ts";

const many = Number(process.argv[2] ?? 1_000_000);
const rounds = Number(process.argv[3] ?? 200);

await using dir = await tempDir("vidferry-bench-reuse");
await using server = await startPostgres();
await using database = await createTestDatabase(server.url);
const path = join(dir.path, "vidferry.db");
const stores = { SQLite: sqliteStore({ path }), PostgreSQL: postgresStore({ url: database.url }) };
for (const store of Object.values(stores)) await store.migrate();
await writeJobs(path, database.url, many);

const { owner } = known;
// Writing them has taken minutes since the newest of them was made.
const oldestMs = (many + 24 * 60) * 60_000;
const wanted = { owner, scope: "owner", maxAgeMs: oldestMs, since: null, limit: 3 } as const;
for (const [name, { jobs, reuse, close }] of Object.entries(stores)) {
  // Of another job each time, none of which has failed or is queued.
  let number = 1;
  const next = (): number => {
    number = (number + 12 * 7_919) % (many - known.queued);
    return number;
  };
  const milliseconds = async (work: () => Promise<unknown>): Promise<number> => (await timed(work)) * 1_000;
  const found = await reuse.kept({ ...wanted, key: known.reuseKey(1) });
  if (found.length !== 1) throw new Error(`${found.length} results were found instead of one`);
  const times = await alternate(
    {
      "a job by its id": () => milliseconds(() => jobs.get(idOf(next()), owner)),
      "a result that is kept": () => milliseconds(() => reuse.kept({ ...wanted, key: known.reuseKey(next()) })),
      "a result that nobody made": () => milliseconds(() => reuse.kept({ ...wanted, key: known.reuseKey(-next()) })),
      "a result of any owner, that nobody made": () =>
        milliseconds(() => reuse.kept({ ...wanted, scope: "shared", key: known.reuseKey(-next()) })),
      "what a new link led to": () => milliseconds(() => reuse.mediaOf(owner, known.reuseKey(-next()), 3_600_000)),
    },
    rounds,
  );
  const read = median(times.get("a job by its id") ?? []);
  for (const [what, all] of times)
    console.log(
      `${name}, ${many} jobs: ${what}: ${median(all).toFixed(2)} ms, at least ${Math.min(...all).toFixed(2)} ms, ${(median(all) / read).toFixed(2)} ×`,
    );
  await close();
}
