import { describe, expect, test } from "bun:test";
import { join } from "node:path";
import { jobStoreConformance } from "../../testing/conformance/job-store.ts";
import { keyStoreConformance } from "../../testing/conformance/key-store.ts";
import { createHeldClock } from "../../testing/held-clock.ts";
import { tempDir } from "../../testing/temp-dir.ts";
import { sqliteStore } from "./index.ts";

for (const name of ["SQLite file", "SQLite in memory"]) {
  const suite = {
    describe,
    test,
    expect,
    name,
    create: async () => {
      const clock = createHeldClock();
      const dir = await tempDir();
      const store = sqliteStore({
        path: name === "SQLite file" ? join(dir.path, "deep", "jobs.db") : ":memory:",
        clock,
      });
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
