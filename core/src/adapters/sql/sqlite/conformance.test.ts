import { describe, expect, test } from "bun:test";
import { mkdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { createHeldClock, fewUnlessWhole, tempDir } from "@vidferry/testing";
import { databaseConformance } from "@vidferry/testing/conformance";
import type { Database } from "../../../database/database.ts";
import type { Clock } from "../../../runtime/clock.ts";
import { createSqlDatabase } from "../shared/database.ts";
import { createSqliteClient } from "./client.ts";
import { migratedFile } from "./fixtures/migrated-file.ts";
import { sqliteStore } from "./index.ts";
import { openSqlite } from "./node.ts";

/** How each variant opens its store; the driver for Node and Deno runs under Bun too. */
const variants: Record<string, (file: string, clock: Clock) => Database> = {
  "SQLite file": (path, clock) => sqliteStore({ path, clock }),
  "SQLite in memory": (_, clock) => sqliteStore({ path: ":memory:", clock }),
  "SQLite file over node:sqlite": (path, clock) => {
    const client = createSqliteClient({ path, clock, migrate: true, driver: async () => openSqlite });
    return createSqlDatabase(client);
  },
};

for (const [name, open] of fewUnlessWhole(Object.entries(variants), ([name]) => name === "SQLite file")) {
  const suite = {
    describe,
    test,
    expect,
    name,
    create: async () => {
      const clock = createHeldClock();
      const dir = await tempDir();
      const path = join(dir.path, "deep", "jobs.db");
      await mkdir(dirname(path));
      await writeFile(path, await migratedFile());
      const store = open(path, clock);
      return {
        store,
        advance: async (ms: number) => clock.advance(ms),
        [Symbol.asyncDispose]: async () => {
          await store.close();
          await dir[Symbol.asyncDispose]();
        },
      };
    },
  };
  databaseConformance(suite);
}
