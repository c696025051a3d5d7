import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { jobStoreConformance } from "../../testing/conformance/job-store.ts";
import { keyStoreConformance } from "../../testing/conformance/key-store.ts";
import { missingService } from "../../testing/services/index.ts";
import { type StoreDatabase, storeDatabase } from "./test-database.ts";

describe.skipIf(missingService("postgres") !== undefined)("postgres", () => {
  let database: StoreDatabase;
  beforeAll(async () => {
    database = await storeDatabase();
  });
  afterAll(() => database[Symbol.asyncDispose]());

  const suite = {
    describe,
    test,
    expect,
    name: "PostgreSQL",
    create: async () => {
      await database.empty();
      const store = database.open();
      return { store, advance: database.advance, [Symbol.asyncDispose]: () => store.close() };
    },
  };
  jobStoreConformance(suite);
  keyStoreConformance(suite);
});
