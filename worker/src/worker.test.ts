import { describe, expect, test } from "bun:test";
import { AppError } from "@vidferry/core";
import { nameWorker } from "@vidferry/core/process";
import { createServiceFixture, eventually, roomyLimits, storeWith } from "@vidferry/testing";
import { startWorker } from "./worker.ts";

const options = {
  host: "host-1",
  concurrency: 1,
  leaseMs: 60_000,
  limits: roomyLimits,
  retentionMs: null,
  maintenance: { everyMs: 50 },
};

describe("a worker", () => {
  test("takes back at once what a dead worker of its machine held", async () => {
    await using fixture = await createServiceFixture();
    const job = await fixture.submit();
    const [space, pid, , pool] = nameWorker("wrk_before").split("/");
    await fixture.claim(job, [space, pid, "1", pool].join("/"));
    const worker = await startWorker(fixture.deps, options);
    await eventually(async () => (await fixture.deps.database.jobs.get(job.id, null))?.state === "succeeded");
    expect(await fixture.deps.database.jobs.get(job.id, null)).toMatchObject({ attempt: 2, lostWorkers: 1 });
    await worker.stop(1_000);
  });

  test("starts although the store is away, and makes up for it later", async () => {
    await using fixture = await createServiceFixture();
    const { database } = fixture.deps;
    let asked = 0;
    const deps = {
      ...fixture.deps,
      database: storeWith(database, {
        leases: {
          workersOn: async (host) => {
            asked += 1;
            if (asked <= 2) throw new AppError("unavailable");
            return await database.leases.workersOn(host);
          },
        },
      }),
    };
    const worker = await startWorker(deps, options);
    const job = await fixture.submit();
    await eventually(async () => (await database.jobs.get(job.id, null))?.state === "succeeded");
    await eventually(() => asked > 2);
    await worker.stop(1_000);
  });

  test("shows in the registry and ends although yt-dlp still loads", async () => {
    await using fixture = await createServiceFixture();
    const { database, downloader } = fixture.deps;
    let asked = 0;
    const version = () => {
      asked += 1;
      return new Promise<string>(() => undefined);
    };
    const worker = await startWorker({ ...fixture.deps, downloader: { ...downloader, version } }, options);
    await eventually(() => asked > 0);
    await eventually(async () => (await database.workers.list(60_000)).length > 0);
    await worker.stop(1_000);
    expect(await database.workers.list(60_000)).toMatchObject([{ state: "gone", engine: { ytDlp: null } }]);
  });

  test("shows in the registry although its disk does not say how much room it has", async () => {
    await using fixture = await createServiceFixture();
    const { database } = fixture.deps;
    let reads = 0;
    const disk = Promise.withResolvers<number>();
    const freeBytes = (): Promise<number> => {
      reads += 1;
      return disk.promise;
    };
    const deps = { ...fixture.deps, workFolders: { ...fixture.deps.workFolders, freeBytes } };
    const worker = await startWorker(deps, options);
    const [entry] = await eventually(async () => {
      const all = await database.workers.list(60_000);
      return all.length > 0 && all;
    });
    expect(entry).toMatchObject({ host: "host-1", freeBytes: null });
    // The pool's, and one of the registry's: each holds a thread while it hangs.
    expect(reads).toBeLessThanOrEqual(2);
    disk.resolve(1_000_000_000_000);
    await worker.stop(1_000);
  });
});
