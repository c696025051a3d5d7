import { beforeAll, describe, expect, test } from "bun:test";
import { onlyWhole } from "@vidferry/testing";
import { newJob } from "@vidferry/testing/conformance";
import { createTestDatabase, missingService, useService } from "@vidferry/testing/services";
import { drizzle } from "drizzle-orm/postgres-js";
import postgres from "postgres";
import { ledger, type Migration, requireCurrent } from "../shared/migrations.ts";
import { packagedMigrations } from "../shared/packaged-migrations.ts";
import { postgresStore } from "./index.ts";
import { migrateSchema } from "./migrate.ts";

/** What the first version knew: it named no schema, so that its tables came to be in `public`. */
const firstVersion = packagedMigrations("postgres").slice(0, 1);

interface Scene extends AsyncDisposable {
  readonly url: string;
  readonly client: postgres.Sql;
  /** The tables of a schema, in the order of their names. */
  tablesOf(schema: string): Promise<string[]>;
  /** The message of a command that the store refuses, and its hint. */
  refusal(url?: string): Promise<string>;
}

async function scene(): Promise<Scene> {
  const database = await createTestDatabase(await useService("postgres"));
  const client = postgres(database.url, { max: 1, onnotice: () => undefined, connection: { search_path: "public" } });
  return {
    url: database.url,
    client,
    tablesOf: async (schema) => {
      const rows = await client<{ name: string }[]>`
        select table_name as name from information_schema.tables where table_schema = ${schema} order by 1`;
      return rows.map(({ name }) => name);
    },
    refusal: async (url = database.url) => {
      const store = postgresStore({ url });
      const error: unknown = await store.migrate().catch((thrown: unknown) => thrown);
      await store.close();
      expect(error).toMatchObject({ code: "unavailable", permanent: true });
      const { message, hint } = error as { message: string; hint: string };
      return `${message} ${hint}`;
    },
    [Symbol.asyncDispose]: async () => {
      await client.end({ timeout: 5 });
      await database[Symbol.asyncDispose]();
    },
  };
}

/** Migrates as a process that is killed after so many batches. */
async function migratedUntil({ client }: Scene, batches: number): Promise<void> {
  const db = drizzle(client);
  let left = batches;
  const dying = {
    transaction: async (run: Parameters<typeof db.transaction>[0]) => {
      const state = await db.transaction(run);
      if (state === "more" && --left === 0) throw new Error("killed");
      return state;
    },
  } as typeof db;
  await migrateSchema(dying, "vidferry", packagedMigrations("postgres"));
}

/** Makes the tables of the first version as it did, with a job, a label and a key in them. */
async function installFirstVersion({ client }: Scene): Promise<void> {
  await client.unsafe(ledger);
  for (const { version, hash, statements } of firstVersion) {
    for (const statement of statements) await client.unsafe(statement);
    await client`insert into vidferry_migrations (version, hash) values (${version}, ${hash})`;
  }
  await client`
    insert into jobs (id, owner, state, schema_version, request, progress, artifacts, artifact_count, warnings, labels,
      attempt, failures, lost_workers, max_attempts, priority, rank, offered_at, search_url, search_title, created_at, updated_at)
    values (${oldJob}, 'ada', 'queued', 1, '{"url":"https://youtu.be/aaaaaaaaaaa","output":{"type":"video"}}', '{}', '[]', 0, '[]', '{"a":"b"}',
      0, 0, 0, 3, 'normal', now(), now(), 'https://youtu.be/aaaaaaaaaaa', '', now(), now())`;
  await client`insert into job_labels (job_id, name, value) values (${oldJob}, 'a', 'b')`;
  await client`
    insert into api_keys (id, name, owner, scopes, hash, last_four, created_at)
    values ('key_1', 'ci', 'ada', '["read"]', 'a-hash', 'abcd', now())`;
}
const oldJob = "job_000000000000000000000000000000aa";

const withSchema = (url: string, schema: string): string => `${url}?schema=${encodeURIComponent(schema)}`;

/** Each makes databases of earlier versions, which no change alters any more. */
const testWhole = onlyWhole(test);

describe.skipIf(missingService("postgres") !== undefined)("the schema on postgres", () => {
  let ours: string[];
  beforeAll(async () => {
    await using place = await scene();
    const store = postgresStore({ url: place.url });
    await store.migrate();
    await store.close();
    ours = await place.tablesOf("vidferry");
    expect(ours).toContain("jobs");
    expect(await place.tablesOf("public")).toEqual([]);
  });

  test("is vidferry, or the one that the URL names, and two of them share a database", async () => {
    await using place = await scene();
    const [one, two] = [place.url, withSchema(place.url, "staging")].map((url) =>
      postgresStore({ url, migrate: true }),
    );
    expect((await one?.jobs.create(newJob()))?.kind).toBe("created");
    expect(await two?.jobs.list({ owner: null, limit: 5 })).toEqual([]);
    expect(await place.tablesOf("staging")).toEqual(ours);
    await Promise.all([one?.close(), two?.close()]);
  });

  test("is one of its own beside another application's tables, which are left alone", async () => {
    await using place = await scene();
    await place.client`create table jobs (theirs int)`;
    await place.client`create table deployment (theirs int)`;
    const store = postgresStore({ url: place.url, migrate: true });
    expect((await store.jobs.create(newJob())).kind).toBe("created");
    await store.close();
    expect(await place.tablesOf("public")).toEqual(["deployment", "jobs"]);
    expect(await place.client`select * from public.jobs`).toEqual([] as never);
  });

  test("takes over what an earlier version left in public, rows and all, however many hosts migrate", async () => {
    await using place = await scene();
    await installFirstVersion(place);
    const stores = Array.from({ length: 5 }, () => postgresStore({ url: place.url }));
    await Promise.all(stores.map((store) => store.migrate()));
    await Promise.all(stores.map((store) => store.migrate()));
    const [store] = stores;
    expect(await store?.jobs.list({ owner: "ada", labels: { a: "b" }, limit: 5 })).toMatchObject([{ id: oldJob }]);
    expect(await store?.keys.findByHash("a-hash")).toMatchObject({ id: "key_1" });
    await store?.jobs.remove(oldJob, null);
    expect(await place.client`select * from vidferry.job_labels`).toHaveLength(0);
    expect(await place.tablesOf("vidferry")).toEqual(ours);
    expect(await place.tablesOf("public")).toEqual(["vidferry_migrations"]);
    await Promise.all(stores.map((each) => each.close()));
  });

  testWhole("finds thousands of earlier jobs by text and label, also when the migration was cut off", async () => {
    await using place = await scene();
    await installFirstVersion(place);
    await place.client`
      insert into jobs select (jsonb_populate_record(jobs, jsonb_build_object('id', 'job_' || lpad(to_hex(1000000 + n), 32, '0'),
        'search_title', 'title ' || n || '.', 'created_at', to_timestamp(n)))).* from jobs, generate_series(1, 6000) n`;
    await place.client`
      insert into job_labels (job_id, name, value)
      select id, 'mod', (extract(epoch from created_at)::int % 1000)::text from jobs where id <> ${oldJob}`;
    const store = postgresStore({ url: place.url });
    await expect(migratedUntil(place, 1)).rejects.toThrow("killed");
    const filled = await place.client`select 1 from vidferry.job_labels where owner is not null`;
    expect(filled).toHaveLength(5000);
    await store.migrate();
    expect(await store.jobs.list({ owner: "ada", text: "Title 17.", limit: 5 })).toHaveLength(1);
    expect(await store.jobs.list({ owner: "ada", text: "no such title", limit: 5 })).toEqual([]);
    const labelled = await store.jobs.list({ owner: "ada", labels: { mod: "5" }, limit: 10 });
    expect(labelled.map((job) => job.createdAt.getTime() / 1000)).toEqual([5005, 4005, 3005, 2005, 1005, 5]);
    await store.close();
    expect(
      await place.client`select 1 from vidferry.job_labels where owner is null or created_at is null`,
    ).toHaveLength(0);
  });

  testWhole("takes nothing over into a schema that was chosen by name: that is a deployment of its own", async () => {
    await using place = await scene();
    await installFirstVersion(place);
    const before = await place.tablesOf("public");
    const staging = postgresStore({ url: withSchema(place.url, "staging") });
    await staging.migrate();
    expect(await staging.jobs.list({ owner: "ada", limit: 5 })).toEqual([]);
    await staging.close();
    expect(await place.tablesOf("public")).toEqual(before);
    const store = postgresStore({ url: place.url });
    await store.migrate();
    expect(await store.jobs.list({ owner: "ada", limit: 5 })).toMatchObject([{ id: oldJob }]);
    await store.close();
  });

  testWhole(
    "takes nothing from public that is not of the earlier version, though a later one uses that name",
    async () => {
      await using place = await scene();
      await installFirstVersion(place);
      await place.client`create table deployment (theirs int)`;
      const store = postgresStore({ url: place.url });
      await store.migrate();
      await store.close();
      expect(await place.tablesOf("public")).toEqual(["deployment", "vidferry_migrations"]);
      expect(await place.tablesOf("vidferry")).toEqual(ours);
    },
  );

  test("tells a process of the earlier version that the schema is newer, and makes no second set of tables", async () => {
    await using place = await scene();
    await installFirstVersion(place);
    const store = postgresStore({ url: place.url });
    // It is in the middle of a transaction when the move comes, which waits for it.
    const running = postgres(place.url, { max: 1, connection: { search_path: "public" } });
    let migrating: Promise<void> | undefined;
    await running.begin(async (transaction) => {
      await transaction`update jobs set attempt = 7`;
      migrating = store.migrate();
      await transaction`insert into job_labels (job_id, name, value) values (${oldJob}, 'c', 'd')`;
    });
    await migrating;
    await expect(running`select * from jobs`.execute()).rejects.toMatchObject({ code: "42P01" });
    const rows = await running`select version from vidferry_migrations`;
    const versions = rows.map((row) => Number(row["version"]));
    expect(() => requireCurrent(versions, firstVersion)).toThrow("newer than this version");
    await running.end();
    expect(await store.jobs.get(oldJob, "ada")).toMatchObject({ attempt: 7 });
    await store.close();
    expect(await place.refusal(withSchema(place.url, "public"))).toContain("moved to the schema vidferry");
  });

  testWhole("stays in public where the URL says so", async () => {
    await using place = await scene();
    await installFirstVersion(place);
    const store = postgresStore({ url: withSchema(place.url, "public") });
    await store.migrate();
    expect(await store.jobs.get(oldJob, "ada")).toMatchObject({ id: oldJob });
    await store.close();
    expect(await place.tablesOf("public")).toEqual(ours);
    expect(await place.tablesOf("vidferry")).toEqual([]);
  });

  test("is refused in words where tables stand in it that are not ours, and nothing is made", async () => {
    await using place = await scene();
    await place.client`create schema vidferry`;
    await place.client`create table vidferry.jobs (theirs int)`;
    const said = await place.refusal();
    expect(said).toContain('The schema vidferry of the database holds a table "jobs"');
    expect(said).toContain("?schema=");
    expect(await place.tablesOf("vidferry")).toEqual(["jobs"]);
  });

  testWhole("is refused in words where a later migration meets a table that is not ours", async () => {
    await using place = await scene();
    await installFirstVersion(place);
    await place.client`create table deployment (theirs int)`;
    expect(await place.refusal(withSchema(place.url, "public"))).toContain('"deployment"');
    expect(await place.client`select version from vidferry_migrations`).toHaveLength(1);
  });

  test("names the grant that a user lacks", async () => {
    await using place = await scene();
    const user = `least_${crypto.randomUUID().slice(0, 8)}`;
    await place.client.unsafe(`create role ${user} login`);
    const url = new URL(place.url);
    url.username = user;
    try {
      const said = await place.refusal(url.href);
      expect(said).toContain(`CREATE SCHEMA vidferry AUTHORIZATION "${user}"`);
      await place.client.unsafe("create schema vidferry");
      expect(await place.refusal(url.href)).toContain(`GRANT USAGE, CREATE ON SCHEMA vidferry TO "${user}"`);
      await place.client.unsafe(`grant usage, create on schema vidferry to ${user}`);
      const store = postgresStore({ url: url.href });
      await store.migrate();
      await store.check();
      expect((await store.jobs.create(newJob())).kind).toBe("created");
      await store.close();
    } finally {
      await place.client.unsafe(`drop owned by ${user}; drop role ${user}`);
    }
  });

  testWhole(
    "works for a user who may only read and write, and says what is missing where that is not granted",
    async () => {
      await using place = await scene();
      const user = `writer_${crypto.randomUUID().slice(0, 8)}`;
      const admin = postgresStore({ url: place.url });
      await admin.migrate();
      await admin.close();
      await place.client.unsafe(`create role ${user} login`);
      const url = new URL(place.url);
      url.username = user;
      const store = postgresStore({ url: url.href });
      try {
        const lacking = { code: "unavailable", permanent: true, hint: expect.stringContaining("docs/deployment.md") };
        await expect(store.check()).rejects.toMatchObject(lacking);
        await place.client.unsafe(`grant usage on schema vidferry to ${user}`);
        await expect(store.jobs.countByState()).rejects.toMatchObject(lacking);
        await place.client.unsafe(`grant select, insert, update, delete on all tables in schema vidferry to ${user}`);
        await store.check();
        expect((await store.jobs.create(newJob({ labels: { a: "b" } }))).kind).toBe("created");
      } finally {
        await store.close();
        await place.client.unsafe(`drop owned by ${user}; drop role ${user}`);
      }
    },
  );

  test("has a name that needs no quotes; every other one is refused", () => {
    const names = [
      "",
      "Vidferry",
      "a b",
      'x"; drop schema public; --',
      "1st",
      "pg_temp",
      "information_schema",
      "é",
      "a".repeat(64),
    ];
    for (const name of names) {
      expect(() => postgresStore({ url: withSchema("postgres://ada:hunter2@127.0.0.1/jobs", name) })).toThrow(/schema/);
    }
    const twice = "postgres://ada:hunter2@127.0.0.1/jobs?schema=a&schema=b";
    expect(() => postgresStore({ url: twice })).toThrow("more than once");
  });

  test("is migrated by versions that only grow", () => {
    const versions = packagedMigrations("postgres").map(({ version }: Migration) => version);
    expect(versions.toSorted((a, b) => a - b)).toEqual(versions);
    expect(Math.max(...versions)).toBeLessThan(Number.MAX_SAFE_INTEGER);
  });
});
