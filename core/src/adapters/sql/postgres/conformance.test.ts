import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { isWhole } from "@vidferry/testing";
import { databaseConformance } from "@vidferry/testing/conformance";
import { missingService, startPgBouncer, type TestService, useService } from "@vidferry/testing/services";
import { type StoreDatabase, storeDatabase } from "./fixtures/test-database.ts";

const isThere = (...names: readonly Parameters<typeof missingService>[0][]): boolean =>
  names.every((name) => missingService(name) === undefined);

function runSuites(name: string, open: () => StoreDatabase): void {
  const suite = {
    describe,
    test,
    expect,
    name,
    create: async () => {
      const database = open();
      await database.empty();
      const store = database.open();
      return { store, advance: database.advance, [Symbol.asyncDispose]: () => store.close() };
    },
  };
  databaseConformance(suite);
}

/** In short the suite goes through the pooler alone, which brings the same statements to the same server. */
const direct = isWhole || !isThere("pgbouncer") ? ["postgres"] : [];

describe.skipIf(!isThere("postgres")).each(direct)("%s", () => {
  let database: StoreDatabase;
  beforeAll(async () => {
    database = await storeDatabase();
  });
  afterAll(() => database[Symbol.asyncDispose]());
  runSuites("PostgreSQL", () => database);
});

describe.skipIf(!isThere("postgres", "pgbouncer"))("postgres behind pgbouncer", () => {
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
