/**
 * What it costs to find out whose job runs next: claims in PostgreSQL with many owners and jobs waiting against claims with few.
 * One claim after the other, then many workers at once.
 * Usage: bun bench/dispatch.ts [jobs] [owners] [claims]
 */
import { createTestDatabase, startPostgres } from "@vidferry/testing/services";
import postgres from "postgres";
import { postgresStore } from "../core/src/adapters/sql/postgres/index.ts";
import { quantile, timed } from "./figures.ts";

const jobs = Number(process.argv[2] ?? 1_000_000);
const owners = Number(process.argv[3] ?? 10_000);
const claims = Number(process.argv[4] ?? 500);
const few = { jobs: 4 * claims, owners: 10 };
const workers = 16;
const claim = { worker: "wrk_bench", host: "bench", leaseMs: 3_600_000 };

await using server = await startPostgres();

/** A database with so many queued jobs. */
async function open(amount: { readonly jobs: number; readonly owners: number }) {
  const database = await createTestDatabase(server.url);
  const store = postgresStore({ url: database.url, migrate: true });
  await store.jobs.countByState();
  const client = postgres(database.url, { max: 1, onnotice: () => undefined, connection: { search_path: "vidferry" } });
  await client`
    insert into jobs (id, owner, state, schema_version, request, progress, artifacts, artifact_count, warnings, labels,
      attempt, failures, lost_workers, max_attempts, priority, rank, offered_at, search_url, search_title, created_at, updated_at)
    select 'job_' || lpad(to_hex(n), 32, '0'), 'owner' || n % ${amount.owners}, 'queued', 1, '{"url": "https://youtu.be/x"}', '{}',
      '[]', 0, '[]', '{}', 0, 0, 0, 3, 'normal', now(), now(), '', '', now(), now()
    from generate_series(1, ${amount.jobs}) n`;
  await client`vacuum analyze jobs`;
  await client.end();
  return { store, [Symbol.asyncDispose]: () => store.close() };
}

await using small = await open(few);
await using large = await open({ jobs, owners });
const contestants = { few: small.store, many: large.store } as const;
const times = { few: [] as number[], many: [] as number[] };
// In turn, so that a busy machine disturbs both alike. The first tenth warms up.
for (let count = 0; count < claims; count++) {
  for (const name of ["few", "many"] as const) {
    const seconds = await timed(() => contestants[name].attempts.claimNext(1, claim));
    if (count >= claims / 10) times[name].push(seconds * 1_000);
  }
}
const [p50, p99] = [0.5, 0.99].map((q) => [quantile(times.few, q), quantile(times.many, q)] as const);
console.log(`${few.jobs} jobs of ${few.owners} owners against ${jobs} of ${owners}, ${claims} claims of one job each`);
for (const [label, [a, b]] of Object.entries({ p50: p50 ?? [0, 0], p99: p99 ?? [0, 0] })) {
  console.log(`${label}   ${a.toFixed(2)} ms, ${b.toFixed(2)} ms, ratio ${(b / a).toFixed(2)}`);
}
for (const name of ["few", "many"] as const) {
  const each = Math.ceil(claims / workers);
  const worker = async () => {
    for (let count = 0; count < each; count++) await contestants[name].attempts.claimNext(1, claim);
  };
  const seconds = await timed(() => Promise.all(Array.from({ length: workers }, worker)));
  console.log(`${workers} workers at once, ${name}: ${Math.round((each * workers) / seconds)} claims/s`);
}
