import { describe, expect, test } from "bun:test";
import { join } from "node:path";
import { tempDir } from "@vidferry/testing";
import { created } from "@vidferry/testing/conformance";
import { missingService } from "@vidferry/testing/services";
import type { Database } from "../../../database/database.ts";
import { backfillHistory } from "../../../maintenance/backfill-history.ts";
import { countEnded } from "../../../maintenance/count-ended-jobs.ts";
import type { JobId } from "../../../runtime/ids.ts";
import { storeDatabase } from "../postgres/fixtures/test-database.ts";
import { openSqlite } from "../sqlite/bun.ts";
import { sqliteStore } from "../sqlite/index.ts";

interface Scene extends AsyncDisposable {
  readonly store: Database;
  /** Removes what earlier versions did not write. */
  forget(): Promise<void>;
}

const tables = ["history", "stats", "stats_progress"];

const scenes: Record<string, () => Promise<Scene>> = {
  SQLite: async () => {
    const dir = await tempDir();
    const path = join(dir.path, "vidferry.db");
    const store = sqliteStore({ path });
    return {
      store,
      forget: async () => {
        const driver = openSqlite(path);
        for (const table of tables) driver.exec(`delete from ${table}`);
        driver.close();
      },
      [Symbol.asyncDispose]: async () => {
        await store.close();
        await dir[Symbol.asyncDispose]();
      },
    };
  },
  PostgreSQL: async () => {
    const database = await storeDatabase();
    const store = database.open();
    return {
      store,
      forget: async () => {
        await database.client.unsafe(`truncate ${tables.join(", ")}`);
      },
      [Symbol.asyncDispose]: async () => {
        await store.close();
        await database[Symbol.asyncDispose]();
      },
    };
  },
};

for (const [name, open] of Object.entries(scenes)) {
  describe.skipIf(name === "PostgreSQL" && missingService("postgres") !== undefined)(`an upgraded ${name}`, () => {
    test("has its old jobs in history and statistics, once, however often the work is interrupted", async () => {
      await using scene = await open();
      const { store } = scene;
      const ids: JobId[] = [];
      for (let number = 0; number < 9; number += 1) ids.push((await created(store)).id);
      for (const id of ids.slice(0, 5)) await store.jobs.move(id, null, "cancel");
      await scene.forget();

      expect(await store.history.backfill(4)).toBe("more");
      // Ends that are written while old ones are filled in, on both sides of where that stands.
      for (const id of ids.slice(5, 7)) await store.jobs.move(id, null, "cancel");
      await store.stats.countEnded(1);
      await backfillHistory({ database: store }, 2);
      await backfillHistory({ database: store }, 2);
      await countEnded({ database: store }, 3);

      const history = await store.history.list({ owner: null, limit: 100 });
      expect(history.map(({ jobId }) => jobId).toSorted()).toEqual(ids.slice(0, 7).toSorted());
      const day = 86_400_000;
      const today = Math.floor(Date.now() / day) * day;
      const range = { from: new Date(today - 2 * day), to: new Date(today + 2 * day) };
      expect((await store.stats.read({ owner: null, by: "state", ...range })).total.count).toBe(7);
    });
  });
}
