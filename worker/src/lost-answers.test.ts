import { describe, expect, test } from "bun:test";
import { defaultMaintenanceOptions, serviceTasks, startMaintenance } from "@vidferry/core";
import { postgresStore, queryTimeoutWithin } from "@vidferry/core/postgres";
import { createServiceFixture, eventually, fewUnlessWhole, roomyLimits, startTcpProxy } from "@vidferry/testing";
import { createMigratedDatabase, missingService, useService } from "@vidferry/testing/services";
import { startPool } from "./pool.ts";

const leaseMs = 3_000;

describe.skipIf(missingService("postgres") !== undefined)("a claim whose answer is lost (postgres)", () => {
  test.each(fewUnlessWhole(["silence", "reset"] as const, (how) => how === "reset"))(
    "after the commit (%s) costs its job neither a worker nor an attempt's end",
    async (how) => {
      await using database = await createMigratedDatabase(await useService("postgres"));
      const { port } = new URL(database.url);
      await using proxy = await startTcpProxy({ port: Number(port) });
      const direct = postgresStore({ url: database.url });
      const url = database.url.replace(`:${port}/`, `:${proxy.port}/`);
      const store = postgresStore({ url, queryTimeoutMs: queryTimeoutWithin(leaseMs) });
      await using fixture = await createServiceFixture({}, { database: direct });
      const sweeping = { ...defaultMaintenanceOptions, leaseMs, everyMs: 200 };
      const maintenance = startMaintenance(fixture.deps, serviceTasks(fixture.deps, sweeping));
      const pool = startPool(
        { ...fixture.deps, database: store },
        { name: "pool-1", host: "host-1", concurrency: 2, leaseMs, limits: roomyLimits, retentionMs: null },
      );
      const lost = proxy.loseAnswer("commit", how);
      const job = await fixture.submit();
      await lost;
      expect(await direct.jobs.get(job.id, null)).toMatchObject({ state: "running", stage: null, attempt: 1 });
      await eventually(async () => (await direct.jobs.get(job.id, null))?.state === "succeeded", { timeoutMs: 60_000 });
      expect(await direct.jobs.get(job.id, null)).toMatchObject({ lostWorkers: 0, alone: false, failures: 0 });
      await pool.drain(1_000);
      await maintenance.stop();
      await store.close();
    },
    90_000,
  );
});
