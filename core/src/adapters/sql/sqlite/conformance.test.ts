import { describe, expect, test } from "bun:test";
import { join } from "node:path";
import { createHeldClock, tempDir } from "@vidferry/testing";
import { jobStoreConformance, keyStoreConformance } from "@vidferry/testing/conformance";
import type { KeyStore } from "../../../accounts/key-store.ts";
import type { JobStore } from "../../../jobs/job-store.ts";
import type { Clock } from "../../../runtime/clock.ts";
import { createSqlJobStore } from "../shared/job-store.ts";
import { createSqlKeyStore } from "../shared/key-store.ts";
import { createSqliteClient } from "./client.ts";
import { sqliteStore } from "./index.ts";
import { openSqlite } from "./node.ts";

/** How each variant opens its store; the driver for Node and Deno runs under Bun too. */
const variants: Record<string, (file: string, clock: Clock) => JobStore & KeyStore> = {
  "SQLite file": (path, clock) => sqliteStore({ path, clock }),
  "SQLite in memory": (_, clock) => sqliteStore({ path: ":memory:", clock }),
  "SQLite file over node:sqlite": (path, clock) => {
    const client = createSqliteClient({ path, clock, migrate: true, driver: async () => openSqlite });
    return { ...createSqlJobStore(client), ...createSqlKeyStore(client) };
  },
};

for (const [name, open] of Object.entries(variants)) {
  const suite = {
    describe,
    test,
    expect,
    name,
    create: async () => {
      const clock = createHeldClock();
      const dir = await tempDir();
      const store = open(join(dir.path, "deep", "jobs.db"), clock);
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
  jobStoreConformance(suite);
  keyStoreConformance(suite);
}
