import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { eventually, freePort, startTcpProxy } from "@vidferry/testing";
import { byWorker, created, newJob } from "@vidferry/testing/conformance";
import { createTestDatabase, missingService, startPostgres, useService } from "@vidferry/testing/services";
import { type StoreDatabase, storeDatabase } from "./fixtures/test-database.ts";
import { postgresStore } from "./index.ts";

describe.skipIf(missingService("postgres") !== undefined)("the postgres store", () => {
  let database: StoreDatabase;
  beforeAll(async () => {
    database = await storeDatabase();
  });
  afterAll(() => database[Symbol.asyncDispose]());

  test("is migrated once by five hosts at the same time", async () => {
    await using empty = await createTestDatabase(await useService("postgres"));
    const stores = Array.from({ length: 5 }, () => postgresStore({ url: empty.url }));
    await Promise.all(stores.map((store) => store.migrate()));
    await Promise.all(stores.map((store) => store.check()));
    const ids = await Promise.all(stores.map(async (store) => (await store.deployment()).id));
    expect(new Set(ids).size).toBe(1);
    const other = database.open();
    expect(ids).not.toContain((await other.deployment()).id);
    await other.close();
    await Promise.all(stores.map((store) => store.close()));
  });

  test("migrates by itself when it is told to", async () => {
    await using empty = await createTestDatabase(await useService("postgres"));
    const store = postgresStore({ url: empty.url, migrate: true });
    expect((await store.jobs.create(newJob())).kind).toBe("created");
    await store.close();
  });

  test("names the missing migration", async () => {
    await using empty = await createTestDatabase(await useService("postgres"));
    const store = postgresStore({ url: empty.url });
    await expect(store.check()).rejects.toMatchObject({ code: "unavailable", hint: "Run `vidferry migrate`." });
    await expect(store.jobs.countByState()).rejects.toMatchObject({ code: "unavailable" });
    await store.close();
  });

  test("refuses a schema that a newer version made", async () => {
    await using other = await storeDatabase();
    await other.client`insert into vidferry_migrations (version, hash) values (9999999999999, 'later')`;
    const store = other.open();
    const refusal = { code: "unavailable", message: expect.stringContaining("newer") };
    await expect(store.check()).rejects.toMatchObject(refusal);
    await expect(store.migrate()).rejects.toMatchObject(refusal);
    await store.close();
  });

  test("is unavailable when nobody listens, and keeps the password to itself", async () => {
    const store = postgresStore({ url: `postgres://ada:hunter2@127.0.0.1:${await freePort()}/jobs` });
    const error: unknown = await store.jobs.countByState().catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: "unavailable" });
    expect(Bun.inspect(error)).not.toContain("hunter2");
    await store.close();
  });

  test("refuses a URL it cannot read without quoting it", () => {
    for (const url of ["postgres://ada:hunter2@[", "postgres://ada:hunter2@host:port/x"]) {
      let thrown: unknown;
      try {
        postgresStore({ url });
      } catch (error) {
        thrown = error;
      }
      expect(thrown).toMatchObject({ code: "unavailable" });
      expect(Bun.inspect(thrown)).not.toContain("hunter2");
    }
  });

  test("refuses a URL whose parameters the server does not know, and names them", async () => {
    // As a hoster gives the URL, and as other libraries want it.
    for (const name of ["channel_binding", "pgbouncer"]) {
      const store = postgresStore({ url: `${database.url}?${name}=require` });
      await expect(store.check()).rejects.toMatchObject({
        code: "unavailable",
        permanent: true,
        message: expect.stringContaining(`the parameter ${name}`),
        hint: expect.stringContaining("Take it out of DATABASE_URL"),
      });
      await store.close();
    }
  });

  test("says that TLS was asked for when the server does not speak it", async () => {
    const store = postgresStore({ url: `${database.url}?sslmode=require` });
    await expect(store.check()).rejects.toMatchObject({
      code: "unavailable",
      message: expect.stringContaining("sslmode"),
    });
    await store.close();
  });

  test("keeps time by the server's clock", async () => {
    const store = database.open();
    const [before] = await database.client<
      { now: Date }[]
    >`select date_trunc('milliseconds', clock_timestamp()) as now`;
    const job = await created(store);
    const [after] = await database.client<{ now: Date }[]>`select clock_timestamp() as now`;
    expect(Number(job.createdAt)).toBeGreaterThanOrEqual(Number(before?.now));
    expect(Number(job.createdAt)).toBeLessThanOrEqual(Number(after?.now));
    await store.close();
  });

  test("lets many hosts claim the same jobs in opposite orders, without a deadlock", async () => {
    await database.empty();
    const stores = Array.from({ length: 4 }, () => database.open({ maxConnections: 4 }));
    const [first] = stores;
    if (!first) throw new Error("there is no store");
    const ids = await Promise.all(Array.from({ length: 120 }, async () => (await created(first)).id));
    const claims = await Promise.all(
      Array.from({ length: 16 }, (_, index) =>
        stores[index % 4]?.attempts.claim(index % 2 ? ids : ids.toReversed(), {
          ...byWorker,
          worker: `worker-${index}`,
        }),
      ),
    );
    expect(claims.flatMap((jobs) => jobs ?? [])).toHaveLength(120);
    await Promise.all(stores.map((store) => store.close()));
  });

  test("holds an owner's limit and the turns when many hosts start jobs at once", async () => {
    await database.empty();
    const stores = Array.from({ length: 4 }, () => database.open({ maxConnections: 4 }));
    const [first] = stores;
    if (!first) throw new Error("there is no store");
    await first.accounts.limit("ada", { runningJobs: 5 });
    for (const owner of ["ada", "bob", "cem"]) {
      await Promise.all(Array.from({ length: 40 }, () => created(first, { owner })));
    }
    const claims = await Promise.all(
      Array.from({ length: 24 }, (_, index) => stores[index % 4]?.attempts.claimNext(2, byWorker)),
    );
    const owners = claims.flatMap((jobs) => jobs ?? []).map(({ owner }) => owner);
    const count = (name: string) => owners.filter((owner) => owner === name).length;
    expect([count("ada"), count("bob") + count("cem")]).toEqual([5, 43]);
    expect(Math.abs(count("bob") - count("cem"))).toBeLessThanOrEqual(1);
    await Promise.all(stores.map((store) => store.close()));
  });

  test("takes the keys of a batch in one order, whatever order they came in, also where owners share a key", async () => {
    const owners = Array.from({ length: 16 }, (_, index) => `owner${index}`);
    const store = database.open();
    for (const labels of [{}, { a: "b" }]) {
      const orders: string[][] = [];
      for (const batch of [owners, owners.toReversed(), owners.toSorted(() => Math.random() - 0.5)]) {
        await database.empty();
        // What comes in one turn is one batch, and rows lie in the order in which they were written, as long as none was deleted
        // before: a vacuum hands their places out again.
        await database.client`truncate jobs cascade`;
        const idempotency = { key: "the same", fingerprint: "f" };
        await Promise.all(batch.map((owner) => store.jobs.create(newJob({ owner, labels, idempotency }))));
        const rows = await database.client<{ owner: string }[]>`select owner from jobs order by ctid`;
        orders.push(rows.map(({ owner }) => owner));
      }
      expect(orders).toEqual([owners.toSorted(), owners.toSorted(), owners.toSorted()]);
    }
    await store.close();
  });

  test("works again by itself after the server was restarted", async () => {
    await using server = await startPostgres();
    const store = postgresStore({ url: server.url, migrate: true });
    const job = await created(store);
    await server.restart();
    const found = await eventually(() => store.jobs.get(job.id, null).catch(() => null));
    expect(found).toEqual(job);
    expect((await store.jobs.create(newJob())).kind).toBe("created");
    await store.close();
  });

  test("gives dead connections up, and works again on new ones", async () => {
    const { hostname, port } = new URL(database.url);
    await using proxy = await startTcpProxy({ host: hostname, port: Number(port) });
    const url = new URL(database.url);
    url.port = String(proxy.port);
    const store = postgresStore({ url: url.href, queryTimeoutMs: 500, connectTimeoutMs: 2_000, maxConnections: 2 });
    const job = await created(store);
    proxy.blackhole();
    await expect(store.jobs.get(job.id, null)).rejects.toMatchObject({ code: "unavailable" });
    proxy.resume();
    const found = await eventually(() => store.jobs.get(job.id, null).catch(() => null));
    expect(found).toEqual(job);
    await store.close();
  });
});
