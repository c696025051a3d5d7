import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { isWhole, onlyWhole } from "@vidferry/testing";
import { databaseConformance } from "@vidferry/testing/conformance";
import { missingService, startPgBouncer, type TestService, useService } from "@vidferry/testing/services";
import { type StoreDatabase, storeDatabase } from "./fixtures/test-database.ts";
import type { PostgresStore } from "./index.ts";

const isThere = (...names: readonly Parameters<typeof missingService>[0][]): boolean =>
  names.every((name) => missingService(name) === undefined);

function runSuites(name: string, open: () => StoreDatabase): void {
  // One for all tests, as opening one, its connections and the statements that each prepares cost more than most of them.
  let kept: PostgresStore | null = null;
  afterAll(() => kept?.close());
  const suite = {
    describe,
    test,
    expect,
    name,
    inShort: !isWhole,
    create: async () => {
      const database = open();
      await database.empty();
      const store = kept ?? database.open();
      kept = store;
      const close = async (): Promise<void> => {
        if (kept === store) kept = null;
        await store.close();
      };
      return { store: { ...store, close }, advance: database.advance, [Symbol.asyncDispose]: async () => undefined };
    },
  };
  databaseConformance(suite);
}

describe.skipIf(!isThere("postgres"))("postgres", () => {
  let database: StoreDatabase;
  beforeAll(async () => {
    database = await storeDatabase();
  });
  afterAll(() => database[Symbol.asyncDispose]());
  runSuites("PostgreSQL", () => database);
});

/**
 * Left out in short: every statement takes several times as long through a pooler, which brings the same ones to the same server. How
 * connections and transactions differ behind one is what the tests of the pool try.
 */
onlyWhole(describe.skipIf(!isThere("postgres", "pgbouncer")))("postgres behind pgbouncer", () => {
  let pooler: TestService;
  let database: StoreDatabase;
  beforeAll(async () => {
    // Fewer connections to the server than the store has to the pooler, so that they are shared for certain. One that ignores
    // settings in place of refusing them differs in how connections begin, which the tests of the pool try with both.
    pooler = await startPgBouncer(await useService("postgres"), { default_pool_size: "3" });
    database = await storeDatabase(pooler.port);
  });
  afterAll(async () => {
    await database[Symbol.asyncDispose]();
    await pooler.stop();
  });
  runSuites("PostgreSQL behind PgBouncer", () => database);
});
