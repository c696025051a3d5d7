import { afterAll, beforeAll, describe, expect, test } from "bun:test";
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

describe.skipIf(!isThere("postgres"))("postgres", () => {
  let database: StoreDatabase;
  beforeAll(async () => {
    database = await storeDatabase();
  });
  afterAll(() => database[Symbol.asyncDispose]());
  runSuites("PostgreSQL", () => database);
});

// Fewer connections to the server than the store has to the pooler, so that they are shared for certain.
const crowded = { default_pool_size: "3" };

for (const [name, settings] of Object.entries({
  "PostgreSQL behind PgBouncer": crowded,
  "PostgreSQL behind PgBouncer that ignores settings": { ...crowded, ignore_startup_parameters: "statement_timeout" },
})) {
  describe.skipIf(!isThere("postgres", "pgbouncer"))("postgres behind pgbouncer", () => {
    let pooler: TestService;
    let database: StoreDatabase;
    beforeAll(async () => {
      pooler = await startPgBouncer(await useService("postgres"), settings);
      database = await storeDatabase(pooler.port);
    });
    afterAll(async () => {
      await database[Symbol.asyncDispose]();
      await pooler.stop();
    });
    runSuites(name, () => database);
  });
}
