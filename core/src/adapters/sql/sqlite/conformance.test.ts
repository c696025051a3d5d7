import { afterAll, describe, expect, test } from "bun:test";
import { mkdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { createHeldClock, fewUnlessWhole, type HeldClock, isWhole, tempDir } from "@vidferry/testing";
import { databaseConformance } from "@vidferry/testing/conformance";
import type { Database } from "../../../database/database.ts";
import type { Clock } from "../../../runtime/clock.ts";
import { createSqlDatabase } from "../shared/database.ts";
import { createSqliteClient } from "./client.ts";
import { migratedFile } from "./fixtures/migrated-file.ts";
import { sqliteStore } from "./index.ts";
import { openSqlite } from "./node.ts";

const inMemory = "SQLite in memory";

/** How each variant opens its store; the driver for Node and Deno runs under Bun too. */
const variants: Record<string, (file: string, clock: Clock) => Database> = {
  "SQLite file": (path, clock) => sqliteStore({ path, clock }),
  [inMemory]: (_, clock) => sqliteStore({ path: ":memory:", clock }),
  "SQLite file over node:sqlite": (path, clock) => {
    const client = createSqliteClient({ path, clock, migrate: true, driver: async () => openSqlite });
    return createSqlDatabase(client);
  },
};

/** A store on a file, empty again for each test: opening one and preparing its statements costs more than most tests. */
interface KeptStore {
  readonly store: Database;
  empty(clock: HeldClock): void;
  end(): Promise<void>;
}

async function keep(open: (file: string, clock: Clock) => Database): Promise<KeptStore> {
  const dir = await tempDir();
  const path = join(dir.path, "deep", "jobs.db");
  await mkdir(dirname(path));
  await writeFile(path, await migratedFile());
  let held = createHeldClock();
  const store = open(path, { now: () => held.now(), sleep: (ms, signal) => held.sleep(ms, signal) });
  const beside = openSqlite(path);
  const tables = beside.rows(ownTables, []).map(([name]) => `delete from "${name}"`);
  return {
    store,
    empty: (clock) => {
      held = clock;
      beside.exec(["begin", ...tables, "commit"].join(";"));
    },
    end: async () => {
      beside.close();
      await store.close();
      await dir[Symbol.asyncDispose]();
    },
  };
}

/** Without what the migrations fill, and what their triggers keep. */
const ownTables = `select name from sqlite_master where type = 'table' and name not like 'sqlite_%'
  and name not in ('vidferry_migrations', 'deployment') and name not glob 'job_search*'`;

for (const [name, open] of fewUnlessWhole(Object.entries(variants), ([name]) => name === "SQLite file")) {
  let kept: KeptStore | null = null;
  const endKept = async (): Promise<void> => {
    const ending = kept;
    kept = null;
    await ending?.end();
  };
  afterAll(endKept);
  const suite = {
    describe,
    test,
    expect,
    name,
    inShort: !isWhole,
    create: async () => {
      const clock = createHeldClock();
      kept ??= await keep(open);
      kept.empty(clock);
      return {
        store: { ...kept.store, close: endKept },
        advance: async (ms: number) => clock.advance(ms),
        // One in memory has no file that could be emptied.
        [Symbol.asyncDispose]: async () => (name === inMemory ? await endKept() : undefined),
      };
    },
  };
  databaseConformance(suite);
}
