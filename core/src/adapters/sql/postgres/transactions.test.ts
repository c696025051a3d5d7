import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { startTcpProxy } from "@vidferry/testing";
import { created } from "@vidferry/testing/conformance";
import { missingService } from "@vidferry/testing/services";
import { type StoreDatabase, storeDatabase } from "./fixtures/test-database.ts";
import { postgresStore } from "./index.ts";

describe.skipIf(missingService("postgres") !== undefined)("a transaction on postgres", () => {
  let database: StoreDatabase;
  beforeAll(async () => {
    database = await storeDatabase();
  });
  afterAll(() => database[Symbol.asyncDispose]());

  test("whose connection dies in the middle has written nothing, and the next one works", async () => {
    const url = new URL(database.url);
    await using proxy = await startTcpProxy({ host: url.hostname, port: Number(url.port) });
    url.port = String(proxy.port);
    const store = postgresStore({ url: url.href, maxConnections: 2 });
    const [one, two] = [await created(store), await created(store)];
    const cut = store.transaction(async (tx) => {
      await tx.jobs.move(one.id, null, "cancel");
      proxy.reset();
      await tx.jobs.move(two.id, null, "cancel");
    });
    await expect(cut).rejects.toMatchObject({ code: "unavailable" });
    expect(await store.jobs.get(one.id, null)).toEqual(one);
    expect(await store.jobs.get(two.id, null)).toEqual(two);
    await store.transaction((tx) => tx.jobs.move(one.id, null, "cancel"));
    expect(await store.jobs.get(one.id, null)).toMatchObject({ state: "canceled" });
    await store.close();
  });

  test("that collides with another one is run again, with what is true then", async () => {
    const store = database.open();
    const [one, two] = [await created(store), await created(store)];
    let runs = 0;
    let met = 0;
    const crossing = async (order: readonly (typeof one)[]) =>
      await store.transaction(async (tx) => {
        runs += 1;
        let moved = 0;
        for (const job of order) {
          if ((await tx.jobs.move(job.id, null, "cancel")) !== null) moved += 1;
          met += 1;
          // Until the other one holds its first row as well; each look is a statement.
          for (let looks = 0; looks < 200 && met < 2; looks += 1) await tx.leases.workersOn("nowhere");
        }
        return moved;
      });
    const moved = await Promise.all([crossing([one, two]), crossing([two, one])]);
    expect(moved.toSorted()).toEqual([0, 2]);
    expect(runs).toBe(3);
    await store.close();
  });
});
