import { describe, expect, test } from "bun:test";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import {
  createHeldClock,
  newFileKey,
  storedKeys,
  storeFile,
  storeWith,
  succeededJob,
  tempDir,
} from "@vidferry/testing";
import { anArtifact, aResult, attemptOf, must, started } from "@vidferry/testing/conformance";
import { localDiskBlobs } from "../adapters/blobs/local-disk/index.ts";
import { cronerCalendar } from "../adapters/croner/index.ts";
import { createMemoryBlobStore, memoryEventLog, memorySignals, memoryStore } from "../adapters/memory/index.ts";
import { sqliteStore } from "../adapters/sql/sqlite/index.ts";
import { storeHintQueue } from "../adapters/store-queue/index.ts";
import { createIdGenerator, createSilentLogger } from "../adapters/system/index.ts";
import type { ServiceDeps } from "../dependencies.ts";
import { AppError } from "../errors/app-error.ts";
import { removeJob } from "../jobs/manage-job.ts";
import type { BlobStore } from "../library/blob-store.ts";
import { noTelemetry } from "../telemetry/telemetry.ts";
import { createBlobDeletions } from "./blob-deletions.ts";
import { deleteExpiredResults } from "./expired-results.ts";
import { storageLocation } from "./orphans/ownership.ts";
import { monitorOwnership } from "./orphans/ownership-monitor.ts";
import { createOrphanSearch } from "./orphans/search-orphans.ts";
import { releaseUnreferencedBlobs } from "./unreferenced-blobs.ts";

const hour = 3_600_000;
const kind = "blob_deletion";

/** A service in memory whose storage can refuse to delete. */
function scene() {
  const clock = createHeldClock();
  const store = memoryStore({ clock });
  const refused = new Set<string>();
  let removals = 0;
  const stored = createMemoryBlobStore();
  const blobs: BlobStore = {
    ...stored,
    remove: async (keys) => {
      removals += 1;
      if (keys.some((key) => refused.has(key))) throw new AppError("storage_error", "Access denied.");
      await stored.remove(keys);
    },
  };
  const logger = createSilentLogger();
  const deps: ServiceDeps = {
    ...{ clock, database: store, blobs, logger, telemetry: noTelemetry, ids: createIdGenerator() },
    ...{
      queue: storeHintQueue({ database: store, clock }),
      signals: memorySignals(),
      events: memoryEventLog({ clock }),
      calendar: cronerCalendar(),
    },
  };
  const storage = monitorOwnership(deps, storageLocation(blobs), hour);
  const deletions = createBlobDeletions(deps, storage, 3);
  const waiting = async () => (await store.outbox.backlog(kind)).waiting;
  return { ...deps, clock, deps, refused, storage, deletions, waiting, removals: () => removals };
}

/** A job with one stored file that is kept for a minute. */
async function expiringJob({ database, blobs }: Pick<ServiceDeps, "database" | "blobs">) {
  const running = await started(database);
  const key = await storeFile(blobs, newFileKey(running.id, running.attempt));
  const artifacts = [{ ...anArtifact, storageKey: key }];
  const job = must(await database.attempts.succeed(attemptOf(running), { ...aResult, artifacts, retentionMs: 60_000 }));
  return { job, key };
}

describe("files that nobody needs any more", () => {
  test("are gone when the deletion of their job is answered, and nothing is left to do", async () => {
    const { deps, database, blobs, waiting } = scene();
    const { job } = await succeededJob(database, blobs);
    await removeJob(deps, job.id, null);
    expect(await storedKeys(blobs)).toEqual([]);
    expect(await waiting()).toBe(0);
  });

  test("stay while another job names them", async () => {
    const { deps, database, blobs } = scene();
    const { job, key } = await succeededJob(database, blobs);
    const other = await started(database);
    const artifacts = [{ ...anArtifact, storageKey: key }];
    await database.attempts.succeed(attemptOf(other), { ...aResult, artifacts, retentionMs: null });
    await removeJob(deps, job.id, null);
    expect(await storedKeys(blobs)).toEqual([key]);
    await removeJob(deps, other.id, null);
    expect(await storedKeys(blobs)).toEqual([]);
  });

  test("that cannot be deleted keep no other from it, show in health, and are tried again after growing pauses", async () => {
    const { deps, clock, database, blobs, refused, deletions, waiting, removals } = scene();
    const all = await Promise.all(Array.from({ length: 7 }, () => expiringJob({ database, blobs })));
    for (const { key } of all.slice(0, 2)) refused.add(key);
    clock.advance(2 * 60_000);
    await deleteExpiredResults(deps, 2);
    for (const { job } of all) expect((await database.jobs.get(job.id, null))?.artifacts).toEqual([]);
    expect(await storedKeys(blobs)).toEqual([...refused].sort());
    await deletions.run();
    expect(deletions.heldBack()?.detail).toBe("2 files that nobody needs could not be deleted: Access denied.");
    const tries: number[] = [];
    for (let minute = 0; minute < 120; minute += 1) {
      const before = removals();
      clock.advance(60_000);
      await deletions.run();
      if (removals() > before) tries.push(minute);
    }
    expect(tries.length).toBeGreaterThan(5);
    expect(tries.length).toBeLessThan(20);
    refused.clear();
    clock.advance(2 * hour);
    await deletions.run();
    expect(await storedKeys(blobs)).toEqual([]);
    expect(deletions.heldBack()).toBeNull();
    expect(await waiting()).toBe(0);
  });

  test("wait untouched where the storage is another deployment's", async () => {
    const { deps, database, blobs, clock, refused, deletions, waiting } = scene();
    const { job, key } = await succeededJob(database, blobs);
    refused.add(key);
    await removeJob(deps, job.id, null);
    refused.clear();
    await blobs.mark.replace("dep_ffffffffffffffffffffffffffffffff");
    await deletions.run();
    expect(deletions.heldBack()?.detail).toContain("belongs to another deployment");
    expect(await storedKeys(blobs)).toEqual([key]);
    expect(await waiting()).toBe(1);
    await blobs.mark.replace((await database.deployment()).id);
    clock.advance(2 * hour);
    await deletions.run();
    expect(await storedKeys(blobs)).toEqual([]);
  });

  test("are found when a version without an outbox left them", async () => {
    const { deps, clock, database, blobs, storage, deletions } = scene();
    await storage.check();
    const { job, key } = await succeededJob(database, blobs);
    await database.jobs.remove(job.id, null);
    expect(await releaseUnreferencedBlobs(deps, 10, hour)).toBe(0);
    clock.advance(2 * hour);
    expect(await releaseUnreferencedBlobs(deps, 10, hour)).toBe(1);
    expect(await storedKeys(blobs)).toEqual([key]);
    await deletions.run();
    expect(await storedKeys(blobs)).toEqual([]);
  });

  test("are no orphans while a job names them, whoever stored them", async () => {
    const { deps, clock, database, blobs } = scene();
    const search = createOrphanSearch(deps, { maxShare: 1, apartMs: 60_000 });
    await search.run();
    const { job, key } = await succeededJob(database, blobs);
    const other = await started(database);
    await database.attempts.succeed(attemptOf(other), {
      ...aResult,
      artifacts: [{ ...anArtifact, storageKey: key }],
      retentionMs: null,
    });
    await removeJob(deps, job.id, null);
    for (let round = 0; round < 3; round += 1) {
      clock.advance(60_000);
      await search.run();
    }
    expect(await storedKeys(blobs)).toEqual([key]);
  });

  test("are deleted by another process when the first was killed between the commit and the deletion", async () => {
    await using dir = await tempDir();
    const [path, directory] = [join(dir.path, "jobs.db"), join(dir.path, "files")];
    const store = sqliteStore({ path });
    const blobs = localDiskBlobs({ directory });
    const { job, key } = await succeededJob(store, blobs);
    const at = (file: string) => JSON.stringify(join(import.meta.dir, file));
    const program = `
      import { removeJob } from ${at("../jobs/manage-job.ts")};
      import { sqliteStore } from ${at("../adapters/sql/sqlite/index.ts")};
      import { cronerCalendar } from "../adapters/croner/index.ts";
import { memoryEventLog, memorySignals } from ${at("../adapters/memory/index.ts")};
      import { createSilentLogger, systemClock } from ${at("../adapters/system/index.ts")};
      const deps = {
        database: sqliteStore({ path: ${JSON.stringify(path)} }),
        signals: memorySignals(),
        events: memoryEventLog({ clock: systemClock }),
        logger: createSilentLogger(),
        blobs: { remove: async () => process.kill(process.pid, "SIGKILL") },
      };
      await removeJob(deps, ${JSON.stringify(job.id)}, null);`;
    const child = Bun.spawn([process.execPath, "-e", program], { stdout: "ignore", stderr: "pipe", timeout: 30_000 });
    expect(await new Response(child.stderr).text()).toBe("");
    await child.exited;
    expect(child.signalCode).toBe("SIGKILL");
    expect(await store.jobs.get(job.id, null)).toBeNull();
    expect(await storedKeys(blobs)).toEqual([key]);
    const logger = createSilentLogger();
    const clock = createHeldClock();
    const storage = monitorOwnership({ database: store, clock, logger }, storageLocation(blobs), hour);
    await blobs.mark.replace((await store.deployment()).id);
    await createBlobDeletions({ database: store, blobs, logger }, storage, 10).run();
    expect(await storedKeys(blobs)).toEqual([]);
    expect(await readdir(join(directory, "jobs")).catch(() => [])).toEqual([]);
    await Promise.all([store.close(), blobs.close()]);
  });

  test("keep their job when the outbox cannot be written: all or nothing", async () => {
    const { deps, database, blobs } = scene();
    const { job, key } = await succeededJob(database, blobs);
    const away = storeWith(database, {});
    const failing = {
      ...away,
      transaction: <T>(run: Parameters<typeof database.transaction<T>>[0]) =>
        database.transaction((tx) =>
          run({ ...tx, outbox: { ...tx.outbox, add: () => Promise.reject(new AppError("unavailable")) } }),
        ),
    };
    await expect(removeJob({ ...deps, database: failing }, job.id, null)).rejects.toMatchObject({
      code: "unavailable",
    });
    expect(await database.jobs.get(job.id, null)).toEqual(job);
    expect(await database.blobs.references(key)).toBe(1);
    expect(await storedKeys(blobs)).toEqual([key]);
  });
});
