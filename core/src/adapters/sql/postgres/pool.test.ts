import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { eventually, startTcpProxy } from "@vidferry/testing";
import { missingService, startPgBouncer, type TestService, useService } from "@vidferry/testing/services";
import { type SQL, sql } from "drizzle-orm";
import { type StoreDatabase, storeDatabase } from "./fixtures/test-database.ts";
import { createPool, type Pool, type PoolOptions, type PostgresDatabase } from "./pool.ts";

/** A pool that is closed at the end of the test. */
function openPool(url: string, options: Partial<PoolOptions> = {}): Pool & AsyncDisposable {
  const pool = createPool({ url, maxConnections: 4, connectTimeoutMs: 5_000, queryTimeoutMs: 30_000, ...options });
  return { ...pool, [Symbol.asyncDispose]: () => pool.close() };
}

const processOf = async (db: PostgresDatabase): Promise<number> => {
  const [row] = await db.execute<{ pid: number }>(sql`select pg_backend_pid() as pid`);
  return Number(row?.pid);
};

/** Waits on the server until the test lets go. */
const waitFor = (lock: number): SQL => sql`select pg_advisory_lock(${lock}), pg_advisory_unlock(${lock})`;

describe.skipIf(missingService("postgres") !== undefined)("a pool of connections to postgres", () => {
  let database: StoreDatabase;
  beforeAll(async () => {
    database = await storeDatabase();
  });
  afterAll(() => database[Symbol.asyncDispose]());

  /** Holds a lock until it is told to let go. */
  const hold = async (lock: number): Promise<() => Promise<void>> => {
    await database.client`select pg_advisory_lock(${lock})`;
    return async () => {
      await database.client`select pg_advisory_unlock(${lock})`;
    };
  };

  test("lets queries wait for a connection, tells the late ones so, and gives no connection up for them", async () => {
    await using pool = openPool(database.url, { maxConnections: 1, queryTimeoutMs: 1_000 });
    const before = await pool.run(processOf);
    // Together they take longer than any of them may.
    const slow = Array.from({ length: 8 }, () => pool.run((db) => db.execute(sql`select pg_sleep(0.7)`)));
    const ends = await Promise.allSettled(slow);
    const refusals = ends.flatMap((end) => (end.status === "rejected" ? [end.reason] : []));
    expect(refusals).toContainEqual(
      expect.objectContaining({ code: "unavailable", message: "All connections to the database are in use." }),
    );
    expect(await pool.run(processOf)).toBe(before);
  });

  test("gives each query a connection of its own, never one behind a slow query", async () => {
    await using pool = openPool(database.url, { maxConnections: 3 });
    const letGo = await hold(2);
    const slow = [1, 2].map(() => pool.run((db) => db.execute(waitFor(2))));
    for (let query = 0; query < 20; query += 1) expect(await pool.run(processOf)).toBeGreaterThan(0);
    await letGo();
    await Promise.all(slow);
  });

  test("serves others while the slow queries of one client wait for each other", async () => {
    await using pool = openPool(database.url, { maxConnections: 4 });
    const letGo = await hold(3);
    let answered = 0;
    const slow = Array.from({ length: 30 }, () =>
      pool
        .run((db) => db.execute(waitFor(3)), "ada")
        .then(() => {
          answered += 1;
        }),
    );
    await eventually(async () => {
      const rows = await database.client`
        select 1 from pg_locks where locktype = 'advisory' and not granted and objid = 3`;
      return rows.length > 0;
    });
    expect(await pool.run(processOf, "bob")).toBeGreaterThan(0);
    expect(await pool.run(processOf)).toBeGreaterThan(0);
    expect(answered).toBe(0);
    await letGo();
    await Promise.all(slow);
  });

  test("ends what takes too long, which its sender alone is told", async () => {
    await using pool = openPool(database.url, { maxConnections: 2, queryTimeoutMs: 500 });
    const before = await pool.run(processOf);
    await expect(pool.run((db) => db.execute(sql`select pg_sleep(60)`))).rejects.toMatchObject({
      code: "unavailable",
      message: "The database took too long to answer.",
    });
    expect(await pool.run(processOf)).toBe(before);
  });

  const refusing = (state: string): SQL => sql.raw(`do $$ begin raise 'no' using errcode = '${state}'; end $$`);

  test("answers queries that come while the connections break", async () => {
    const url = new URL(database.url);
    await using proxy = await startTcpProxy({ port: Number(url.port) });
    url.port = String(proxy.port);
    await using pool = openPool(url.href, { queryTimeoutMs: 2_000 });
    const failures = new Set<string>();
    let over = false;
    const askers = Array.from({ length: 20 }, async () => {
      while (!over) await pool.run(processOf).catch((error: Error) => failures.add(error.message));
    });
    for (let cut = 0; cut < 5; cut += 1) {
      await eventually(async () => proxy.connections === 4);
      proxy.reset();
      await pool.run(processOf).catch(() => undefined);
    }
    over = true;
    await Promise.all(askers);
    expect([...failures]).toEqual(["The database cannot be reached."]);
  });

  test("tries again what the server undid: after a deadlock, a failed serialization, a failover", async () => {
    await using pool = openPool(database.url);
    for (const state of ["40P01", "40001", "25006"]) {
      for (const run of [pool.run, pool.transaction, pool.runLong]) {
        let attempts = 0;
        const answer = await run(async (db) => {
          attempts += 1;
          if (attempts === 1) await db.execute(refusing(state));
          return await processOf(db);
        });
        expect([state, attempts, answer > 0]).toEqual([state, 2, true]);
      }
      const stuck = pool.run((db) => db.execute(refusing(state)));
      await expect(stuck).rejects.toMatchObject({ code: "unavailable", permanent: false });
    }
  });

  test("tries nothing again that may have been written, and says that it may pass", async () => {
    await using pool = openPool(database.url);
    for (const state of ["57P01", "57P02", "57P03", "57P05", "55P03", "25P03", "08006", "53300"]) {
      let attempts = 0;
      const refused = pool.run((db) => {
        attempts += 1;
        return db.execute(refusing(state));
      });
      await expect(refused).rejects.toMatchObject({ code: "unavailable", permanent: false });
      expect([state, attempts]).toEqual([state, 1]);
    }
  });

  test("leaves a server that takes no writes any more for its successor", async () => {
    await using own = await storeDatabase();
    await own.client`create table own_table (a int)`;
    const name = new URL(own.url).pathname.slice(1);
    await own.client.unsafe(`alter database ${name} set default_transaction_read_only = on`);
    await using pool = openPool(own.url, { maxConnections: 2 });
    const standby = await Promise.all([pool.run(processOf), pool.run(processOf)]);
    const write = () => pool.run((db) => db.execute(sql`insert into vidferry.own_table values (1)`));
    await expect(write()).rejects.toMatchObject({ code: "unavailable", message: expect.stringContaining("no writes") });
    await own.client.unsafe(`alter database ${name} set default_transaction_read_only = off`);
    // The connections that were opened before still refuse.
    await write();
    expect(standby).not.toContain(await pool.run(processOf));
  });

  test("undoes a deadlock: both transactions become true", async () => {
    await using pool = openPool(database.url);
    await database.client`create table pairs (id int primary key, hits int not null)`;
    await database.client`insert into pairs values (1, 0), (2, 0)`;
    const bothHoldOne = Promise.withResolvers<void>();
    let holding = 0;
    const hit = async (db: PostgresDatabase, id: number): Promise<void> => {
      await db.execute(sql`update vidferry.pairs set hits = hits + 1 where id = ${id}`);
    };
    const both = [
      [1, 2],
      [2, 1],
    ].map(([first = 0, second = 0]) =>
      pool.transaction(async (db) => {
        await hit(db, first);
        holding += 1;
        if (holding === 2) bothHoldOne.resolve();
        await bothHoldOne.promise;
        await hit(db, second);
      }),
    );
    await Promise.all(both);
    expect(await database.client<{ hits: number }[]>`select hits from pairs order by id`).toEqual([
      { hits: 2 },
      { hits: 2 },
    ] as never);
  });
});

const hasPooler = missingService("postgres") === undefined && missingService("pgbouncer") === undefined;

for (const [how, settings] of Object.entries({
  refuses: {},
  ignores: { ignore_startup_parameters: "statement_timeout" },
})) {
  describe.skipIf(!hasPooler)(`a pool behind a pgbouncer that ${how} the time limit of a connection`, () => {
    let pooler: TestService;
    let database: StoreDatabase;
    beforeAll(async () => {
      pooler = await startPgBouncer(await useService("postgres"), { default_pool_size: "2", ...settings });
      database = await storeDatabase(pooler.port);
    });
    afterAll(async () => {
      await database[Symbol.asyncDispose]();
      await pooler.stop();
    });

    test("sets it in each transaction, and leaves none behind for others", async () => {
      await using pool = openPool(database.url, { queryTimeoutMs: 700 });
      const limit = async (db: PostgresDatabase): Promise<unknown> =>
        (await db.execute(sql`select current_setting('statement_timeout') as value`))[0]?.["value"];
      expect(await pool.run(limit)).toBe("700ms");
      expect(await pool.transaction(limit)).toBe("700ms");
      expect(await pool.runLong(limit)).toBe("0");
      const silence = async (db: PostgresDatabase): Promise<unknown> =>
        (await db.execute(sql`select current_setting('idle_in_transaction_session_timeout') as value`))[0]?.["value"];
      expect(await pool.transaction(silence)).toBe("10s");
      expect(await pool.runLong(silence)).toBe("0");
      await expect(pool.run((db) => db.execute(sql`select pg_sleep(60)`))).rejects.toMatchObject({
        code: "unavailable",
        message: "The database took too long to answer.",
      });
      expect(await pool.run(processOf)).toBeGreaterThan(0);
    });

    test("names a parameter of the URL that the pooler refuses", async () => {
      await using pool = openPool(`${database.url}?channel_binding=require`);
      await expect(pool.run(processOf)).rejects.toMatchObject({
        code: "unavailable",
        permanent: true,
        message: expect.stringContaining("the parameter channel_binding"),
      });
    });

    test("works again after the pooler was restarted", async () => {
      await using pool = openPool(database.url, { queryTimeoutMs: 2_000 });
      await pool.run(processOf);
      await pooler.restart();
      expect(await eventually(() => pool.run(processOf).catch(() => null))).toBeGreaterThan(0);
    });
  });
}
