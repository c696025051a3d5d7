import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { missingService } from "@vidferry/testing/services";
import type { SQLWrapper } from "drizzle-orm";
import { drizzle } from "drizzle-orm/postgres-js";
import type { QueryBuilder } from "../shared/connection.ts";
import { planCases } from "../shared/fixtures/plan-cases.ts";
import { createPostgresConnection } from "./client.ts";
import { type StoreDatabase, storeDatabase } from "./fixtures/test-database.ts";
import { tablesIn } from "./schema.ts";

describe.skipIf(missingService("postgres") !== undefined)("plans on postgres", () => {
  let database: StoreDatabase;
  let db: QueryBuilder;
  const onlyBuilt = () => Promise.reject(new Error("plans are only built"));
  const connection = createPostgresConnection(
    { run: onlyBuilt, transaction: onlyBuilt, runLong: onlyBuilt, close: () => Promise.resolve() },
    tablesIn("vidferry"),
  );

  beforeAll(async () => {
    database = await storeDatabase();
    db = drizzle(database.client) as unknown as QueryBuilder;
    // Mostly finished jobs, as in a service that has run for long.
    await database.client`
      insert into jobs (id, owner, state, schema_version, request, progress, artifacts, artifact_count, warnings,
        labels, attempt, failures, lost_workers, max_attempts, priority, rank, offered_at, host, worker, lease_until,
        search_url, search_title, created_at, updated_at, scheduled_for, expires_at, idempotency_key, reuse_key, link_key,
        shareable, joined_at, finished_at, error)
      select 'job_' || lpad(to_hex(n), 32, '0'), 'owner' || n % 50,
        case when n % 100 = 0 then 'queued' when n % 1000 = 1 then 'running' when n % 500 = 2 then 'scheduled' else 'succeeded' end,
        1, '{}', '{}', '[]', case when n % 100 > 2 then 1 else 0 end, '[]', '{}', 0, 0, 0, 3, 'normal', now() - n * interval '1 second',
        now() - n * interval '1 second', 'host' || n % 5, 'worker' || n % 40, now() + (n - 15000) * interval '1 second',
        'https://x.example/' || n, 'title ' || n, now() - n * interval '1 second', now(), now() + (n - 15000) * interval '1 second',
        now() + n * interval '1 second', case when n % 3 = 0 then 'key' || n end,
        'r1:' || n, case when n % 4 = 0 then 'l1:' || n end, case when n % 7 = 0 then 1 else 0 end,
        case when n % 1000 = 0 then now() end,
        case when n % 100 > 2 then now() - n * interval '1 second' end,
        case when n % 20 = 5 then jsonb_build_object('code', 'code' || n % 7) end
      from generate_series(1, 30000) n`;
    await database.client`
      insert into batches (id, owner, state, schema_version, request, labels, max_attempts, only_new, expansion, checkpoint,
        failures, due_at, created_at, updated_at)
      select 'bat_' || lpad(to_hex(n), 32, '0'), 'owner' || n % 20,
        case when n % 1000 = 0 then 'expanding' when n % 500 = 0 then 'running' else 'finished' end,
        3, '{}', '{}', 3, 0, 1, '{}', 0, now(), now() - n * interval '1 second', now()
      from generate_series(1, 20000) n`;
    await database.client`
      update jobs set batch_id = 'bat_' || lpad(substr(id, 34, 2), 32, '0'), schedule_id = 'sch_' || lpad(substr(id, 34, 2), 32, '0')
      where right(id, 1) = '0'`;
    await database.client`
      insert into schedules (id, owner, name, state, cron, time_zone, schema_version, next_run_at, last_run_at, created_at, updated_at)
      select 'sch_' || lpad(to_hex(n), 32, '0'), 'owner' || n % 50, 'name', case when n % 10 = 0 then 'paused' else 'active' end,
        '0 6 * * *', 'UTC', 3, case when n % 10 <> 0 then now() + (n - 500) * interval '1 second' end,
        now() - n * interval '1 second', now() - n * interval '1 second', now()
      from generate_series(1, 20000) n`;
    await database.client`
      insert into idempotency (owner, operation, key_hash, fingerprint, answer, holder, held_until, created_at)
      select 'owner' || n % 50, 'POST /things', md5(n::text), 'f', 'answer', 'holder', now(), now() - n * interval '1 second'
      from generate_series(1, 20000) n`;
    await database.client`
      insert into job_labels (job_id, name, value, owner, created_at) select id, 'project', right(id, 3), owner, created_at from jobs`;
    await database.client`
      insert into webhook_deliveries (id, owner, webhook_id, target, type, body, state, attempts, tries, takes, due_at, created_at, finished_at)
      select 'dlv_' || n, 'owner' || n % 50, 'whk_' || n % 50, 'whk_' || n % 50, 'job.succeeded', '{}',
        case when n % 10 = 0 then 'pending' else 'delivered' end, '[]', 0, 0, now() - n * interval '1 second', now(),
        case when n % 10 <> 0 then now() - n * interval '1 minute' end
      from generate_series(1, 30000) n`;
    await database.client`
      insert into history (job_id, ended_at, owner, state, host, output, files, bytes, attempts, created_at, counted)
      select id, created_at, owner, 'succeeded', 'x.example', 'video', 1, 1, 1, created_at, case when random() < 0.999 then 1 else 0 end
      from jobs`;
    await database.client`
      insert into stats (grain, dimension, everybody, owner, start, value, count, bytes, timed, run_ms, histogram)
      select grain, dimension, everybody, case when everybody = 1 then '' else 'owner' || n end, start,
        case dimension when 'total' then '' else 'value' || v end, 1, 1, 1, 1, '{}'
      from unnest(array['hour', 'day', 'month']) as grain, unnest(array['total', 'state', 'code', 'host']) as dimension,
        generate_series(0, 1) as everybody, generate_series(1, 20) as n, generate_series(1, 3) as v,
        generate_series('2026-11-01'::timestamptz, '2026-11-25', '1 day') as start
      on conflict do nothing`;
    await database.client`
      insert into audit_log (id, at, action, via, key_id, subject, detail)
      select 'aud_' || lpad(to_hex(n), 32, '0'), now() - n * interval '1 second', case when n % 100 = 0 then 'key.created' else 'job.deleted' end,
        'api', 'key_' || lpad(to_hex(n % 200), 32, '0'), 'job_' || lpad(to_hex(n), 32, '0'), '{}'
      from generate_series(1, 30000) n`;
    await database.client`
      insert into api_keys (id, name, owner, scopes, hash, last_four, previous_hash, previous_until, created_at)
      select 'key_' || lpad(to_hex(n), 32, '0'), 'key', 'owner' || n % 50, '["downloads:read"]', md5(n::text), 'abcd',
        case when n % 10 = 0 then md5('previous' || n) end, case when n % 10 = 0 then now() + interval '1 hour' end, now()
      from generate_series(1, 10000) n`;
    await database.client`
      insert into tickets (hash, owner, scopes, key_id, expires_at)
      select md5(n::text), 'owner' || n % 50, '["downloads:read"]', 'key_' || lpad(to_hex(n), 32, '0'), now() + (n - 500) * interval '1 second'
      from generate_series(1, 10000) n`;
    await database.client`
      insert into outbox (kind, name, payload, failures, created_at, due_at)
      select 'blob_deletion', 'blob' || n, '{}', 0, now(), now() + (n - 500) * interval '1 second' from generate_series(1, 10000) n`;
    await database.client`
      insert into webhooks (id, owner, url, events, description, secrets, created_at, updated_at)
      select 'whk_' || lpad(to_hex(n), 32, '0'), 'owner' || n % 2000, 'https://x.example/', '[]', '', '[]', now(), now()
      from generate_series(1, 10000) n`;
    await database.client`vacuum analyze`;
  }, 180_000);
  afterAll(() => database[Symbol.asyncDispose]());

  for (const { title, index, andIndex = index, build } of planCases) {
    test(`${title} walks ${index}`, async () => {
      const plan = await explain(database, build(db, connection));
      expect(plan).toContain(index);
      expect(plan).toContain(andIndex);
      expect(plan).not.toMatch(
        /Seq Scan on (jobs|job_labels|job_search|schedules|webhooks|webhook_deliveries|history|stats|audit_log|api_keys|tickets|idempotency|outbox)/,
      );
    });
  }
});

async function explain({ client }: StoreDatabase, query: SQLWrapper): Promise<string> {
  const { sql, params } = (query as SQLWrapper & { toSQL(): { sql: string; params: unknown[] } }).toSQL();
  const rows = await client.unsafe(`explain ${sql}`, params as never[]);
  return rows.map((row) => String(row["QUERY PLAN"])).join("\n");
}
