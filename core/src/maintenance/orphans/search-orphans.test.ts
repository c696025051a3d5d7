import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import {
  createHeldClock,
  createRecordingLogger,
  type HeldClock,
  newFileKey,
  storedKeys,
  storeFile,
  storeWith,
  succeededJob,
} from "@vidferry/testing";
import { attemptOf, must, newId, started } from "@vidferry/testing/conformance";
import { createMemoryBlobStore, memoryStore } from "../../adapters/memory/index.ts";
import type { Database } from "../../database/database.ts";
import { AppError } from "../../errors/app-error.ts";
import type { BlobStore, UnfinishedUpload } from "../../library/blob-store.ts";
import { createOrphanSearch } from "./search-orphans.ts";

const periodMs = 60_000;

/** A deployment that has the storage for itself. */
function deployment(
  parts: {
    readonly blobs?: BlobStore;
    readonly database?: Database;
    readonly maxShare?: number;
    readonly clock?: HeldClock;
  } = {},
) {
  const clock = parts.clock ?? createHeldClock();
  const logger = createRecordingLogger();
  const database = parts.database ?? memoryStore({ clock });
  const blobs = parts.blobs ?? createMemoryBlobStore();
  const deps = { clock, logger, database, blobs };
  const search = createOrphanSearch(deps, { maxShare: parts.maxShare ?? 1, apartMs: periodMs });
  /** Two looks, a period apart. */
  const lookTwice = async () => {
    const first = await search.run();
    clock.advance(periodMs);
    return first + (await search.run());
  };
  return { ...deps, search, lookTwice };
}

describe("the search for orphaned files", () => {
  test("deletes what no job names, and spares results, attempts that store, and what the database has not heard of yet", async () => {
    const { database, blobs, search, lookTwice } = deployment();
    await search.run();
    const done = await succeededJob(database, blobs);
    const running = await started(database);
    const queued = must(
      await database.attempts.requeue(attemptOf(await started(database)), {
        error: null,
        delayMs: 0,
        countsAsFailure: true,
      }),
    );
    const kept = [done.key, newFileKey(running.id, 1), newFileKey(queued.id, 2)];
    const orphans = [newFileKey(queued.id, 1), newFileKey(newId())];
    for (const key of [...kept.slice(1), ...orphans]) await storeFile(blobs, key);
    expect(await lookTwice()).toBe(2);
    expect(await storedKeys(blobs)).toEqual(kept.toSorted());
  });

  test("spares pieces of a recording, which later attempts go on with, until their job is over", async () => {
    const { database, blobs, search, lookTwice } = deployment();
    await search.run();
    const first = await started(database);
    const again = must(
      await database.attempts.requeue(attemptOf(first), { error: null, delayMs: 0, countsAsFailure: false }),
    );
    const piece = await storeFile(blobs, newFileKey(again.id, 1).replace(/\.\w+$/, ".recording"));
    expect(await lookTwice()).toBe(0);
    must(await database.jobs.move(again.id, null, "cancel"));
    expect(await lookTwice()).toBe(1);
    expect(await blobs.stat(piece)).toBeNull();
  });

  test("deletes the pieces of recordings that were canceled between two attempts, however many, and of deleted ones all or none", async () => {
    const { database, blobs, search, lookTwice } = deployment({ maxShare: 0.1 });
    await search.run();
    const results: string[] = [];
    for (let count = 0; count < 20; count += 1) results.push((await succeededJob(database, blobs)).key);
    const pieceOf = (key: string) => storeFile(blobs, key.replace(/\.\w+$/, ".recording"));
    const recorded = async () => {
      const first = await started(database);
      for (let count = 0; count < 30; count += 1) await pieceOf(newFileKey(first.id, 1));
      return must(
        await database.attempts.requeue(attemptOf(first), { error: null, delayMs: 0, countsAsFailure: false }),
      );
    };
    for (let count = 0; count < 5; count += 1) must(await database.jobs.move((await recorded()).id, null, "cancel"));
    const deleted = [await recorded(), await recorded()];
    for (const { id } of deleted) await database.jobs.remove(id, null);
    expect(await lookTwice()).toBe(7 * 30);
    expect(await storedKeys(blobs)).toEqual(results.toSorted());

    // As many as a database that has lost jobs would leave.
    for (let count = 0; count < 4; count += 1) await database.jobs.remove((await recorded()).id, null);
    expect(await lookTwice()).toBe(0);
    expect(search.heldBack()).not.toBeNull();
  });

  test("deletes nothing that does not have the form of a key of ours", async () => {
    const { blobs, search, lookTwice } = deployment();
    await search.run();
    const foreign = [
      "jobs/nightly/1/backup.tar",
      `jobs/${newId()}/1/notes.txt`,
      `jobs/${newId()}/0/art_${"0".repeat(32)}.mp4`,
      `jobs/${newId()}/1/art_${"0".repeat(32)}.mp4/deeper.mp4`,
      `backups/${newId()}/1/art_${"0".repeat(32)}.mp4`,
    ];
    for (const key of foreign) await storeFile(blobs, key);
    expect(await lookTwice()).toBe(0);
    expect(await storedKeys(blobs)).toEqual(foreign.toSorted());
  });

  test("deletes only what it has seen twice, a period apart", async () => {
    const { blobs, clock, search } = deployment();
    await search.run();
    const key = await storeFile(blobs, newFileKey());
    expect(await search.run()).toBe(0);
    clock.advance(periodMs - 1);
    expect(await search.run()).toBe(0);
    clock.advance(1);
    expect(await search.run()).toBe(1);
    expect(await blobs.stat(key)).toBeNull();
  });

  test("deletes what another process saw first, also where each lives shorter than a period", async () => {
    const { blobs, clock, database, search } = deployment();
    await search.run();
    const key = await storeFile(blobs, newFileKey());
    const oneProcess = () =>
      createOrphanSearch(
        { clock, logger: createRecordingLogger(), database, blobs },
        { maxShare: 1, apartMs: periodMs },
      ).run();
    expect(await oneProcess()).toBe(0);
    clock.advance(periodMs);
    expect(await oneProcess()).toBe(1);
    expect(await blobs.stat(key)).toBeNull();
  });

  test("deletes nothing on what a database saw days ago, as one that was restored from a backup", async () => {
    const { blobs, clock, search } = deployment();
    await search.run();
    const key = await storeFile(blobs, newFileKey());
    await search.run();
    clock.advance(3 * 86_400_000);
    expect(await search.run()).toBe(0);
    expect(await blobs.stat(key)).not.toBeNull();
    clock.advance(periodMs);
    expect(await search.run()).toBe(1);
  });

  test("begins anew once the storage was another deployment's", async () => {
    const { blobs, clock, database, search } = deployment();
    await search.run();
    const key = await storeFile(blobs, newFileKey());
    await search.run();
    clock.advance(periodMs);
    await blobs.mark.replace(`dep_${"f".repeat(32)}`);
    expect(await search.run()).toBe(0);
    await blobs.mark.replace((await database.deployment()).id);
    expect(await search.run()).toBe(0);
    expect(await blobs.stat(key)).not.toBeNull();
  });

  test("deletes what it saw first while the clock was a month ahead", async () => {
    const { blobs, clock, search } = deployment();
    await search.run();
    const key = await storeFile(blobs, newFileKey());
    const month = 30 * 86_400_000;
    clock.advance(month);
    expect(await search.run()).toBe(0);
    clock.advance(-month);
    expect(await search.run()).toBe(0);
    clock.advance(periodMs);
    expect(await search.run()).toBe(1);
    expect(await blobs.stat(key)).toBeNull();
  });

  test("asks the database again before it deletes", async () => {
    const { database, blobs, clock, search } = deployment();
    await search.run();
    const running = await started(database);
    const key = await storeFile(blobs, newFileKey(running.id, 1));
    let remembers = false;
    let asked = 0;
    const forgetful = storeWith(database, {
      jobs: {
        get: async (...args) => {
          asked += 1;
          return remembers && asked > 1 ? await database.jobs.get(...args) : null;
        },
      },
    });
    const doubting = createOrphanSearch(
      { clock, logger: createRecordingLogger(), database: forgetful, blobs },
      { maxShare: 1, apartMs: periodMs },
    );
    await doubting.run();
    clock.advance(periodMs);
    asked = 0;
    remembers = true;
    expect(await doubting.run()).toBe(0);
    expect(await blobs.stat(key)).not.toBeNull();
  });

  test("takes an error of the database for an error, never for a job that is not there", async () => {
    const base = deployment();
    await base.search.run();
    const { key } = await succeededJob(base.database, base.blobs);
    const away: Database = storeWith(base.database, {
      jobs: { get: () => Promise.reject(new AppError("unavailable")) },
    });
    const { lookTwice } = deployment({ database: away, blobs: base.blobs });
    await expect(lookTwice()).rejects.toMatchObject({ code: "unavailable" });
    const nameless: Database = { ...base.database, deployment: () => Promise.reject(new AppError("unavailable")) };
    await expect(deployment({ database: nameless, blobs: base.blobs }).lookTwice()).rejects.toMatchObject({
      code: "unavailable",
    });
    expect(await base.blobs.stat(key)).not.toBeNull();
  });

  test("deletes nothing when the storage is given to another deployment while it looks", async () => {
    const { database, blobs, clock, search } = deployment();
    await search.run();
    const key = await storeFile(blobs, newFileKey());
    await search.run();
    clock.advance(periodMs);
    const taken: BlobStore = {
      ...blobs,
      async *list(prefix) {
        yield* blobs.list(prefix);
        await blobs.mark.replace(`dep_${"f".repeat(32)}`);
      },
    };
    const other = createOrphanSearch(
      { database: database, blobs: taken, clock, logger: createRecordingLogger() },
      { maxShare: 1, apartMs: 0 },
    );
    expect(await other.run()).toBe(0);
    expect(await blobs.stat(key)).not.toBeNull();
  });

  test("goes on with the others when one file cannot be deleted, and says so", async () => {
    const { clock, database, blobs, search } = deployment();
    await search.run();
    const keys = [newFileKey(), newFileKey(), newFileKey()];
    for (const key of keys) await storeFile(blobs, key);
    const stubborn: BlobStore = {
      ...blobs,
      remove: (some) =>
        some.includes(keys[0] ?? "") ? Promise.reject(new AppError("storage_error")) : blobs.remove(some),
    };
    const { lookTwice } = deployment({ clock, database, blobs: stubborn });
    await expect(lookTwice()).rejects.toMatchObject({ code: "storage_error" });
    expect(await storedKeys(blobs)).toEqual([keys[0] ?? ""]);
  });
});

describe("a share of orphans that is too large", () => {
  /** Ten results and some files without a job, each of an attempt of its own. */
  async function scene(orphans: number, maxShare: number) {
    const made = deployment({ maxShare });
    await made.search.run();
    for (let count = 0; count < 10; count += 1) await succeededJob(made.database, made.blobs);
    for (let count = 0; count < orphans; count += 1) await storeFile(made.blobs, newFileKey());
    return made;
  }

  test("stops the search: nothing is deleted, and it says how many and what to do", async () => {
    const { search, lookTwice, blobs, logger } = await scene(2, 0.1);
    expect(await lookTwice()).toBe(0);
    expect(await storedKeys(blobs)).toHaveLength(12);
    expect(search.heldBack()).toMatchObject({
      detail: expect.stringContaining("2 of 12"),
      fix: expect.stringContaining("vidferry doctor --orphans"),
    });
    expect(logger.lines).toContainEqual(expect.objectContaining({ level: "warn" }));
  });

  test("is over when the files are gone or the jobs are back", async () => {
    const { search, lookTwice, blobs } = await scene(2, 0.1);
    await lookTwice();
    const [first] = (await storedKeys(blobs)).toReversed();
    await blobs.remove([first ?? ""]);
    expect(await lookTwice()).toBe(1);
    expect(search.heldBack()).toBeNull();
  });

  test("is never made by the files of one attempt, unless nothing may be deleted at all", async () => {
    const { search, blobs, lookTwice } = deployment({ maxShare: 0.1 });
    await search.run();
    const id = newId();
    for (let count = 0; count < 3; count += 1) await storeFile(blobs, newFileKey(id));
    expect(await lookTwice()).toBe(3);
    const strict = await scene(1, 0);
    expect(await strict.lookTwice()).toBe(0);
    expect(strict.search.heldBack()).not.toBeNull();
  });
});

describe("the search for uploads without an end", () => {
  let uploads: UnfinishedUpload[] = [];
  const aborted: string[] = [];
  const memory = createMemoryBlobStore();
  const blobs: BlobStore = {
    ...memory,
    async *listUploads() {
      yield* uploads;
    },
    abortUpload: async ({ id }) => void aborted.push(id),
  };
  const upload = (id: string, key: string | null, ageMs = 0): UnfinishedUpload => ({
    key,
    id,
    modifiedAt: new Date(Date.now() - ageMs),
  });
  const day = 24 * 3_600_000;
  const made = deployment({ blobs, maxShare: 0 });
  beforeAll(() => made.search.run());
  afterAll(() => memory.close());

  test("ends those whose attempt is over, whatever their age, and never one of an attempt that runs", async () => {
    const running = await started(made.database);
    const over = must(await made.database.jobs.move((await started(made.database)).id, null, "cancel"));
    uploads = [
      upload("running", newFileKey(running.id, 1), 4 * day),
      upload("not heard of yet", newFileKey(running.id, 2), 4 * day),
      upload("over", newFileKey(over.id, 1)),
      upload("of a deleted job", newFileKey(newId())),
      upload("foreign", "backups/db.tar", 9 * day),
      upload("foreign below jobs", "jobs/nightly/1/db.tar", 9 * day),
      upload("keyless and written to", null, 3_600_000),
      upload("keyless and old", null, 2 * day),
    ];
    expect(await made.lookTwice()).toBe(3);
    expect(aborted.splice(0)).toEqual(["over", "of a deleted job", "keyless and old"]);
  });

  test("ends those of unknown jobs only while the files give no reason to doubt the database", async () => {
    await storeFile(blobs, newFileKey());
    const over = must(await made.database.jobs.move((await started(made.database)).id, null, "cancel"));
    uploads = [upload("over", newFileKey(over.id, 1)), upload("of an unknown job", newFileKey(newId()))];
    expect(await made.lookTwice()).toBe(1);
    expect(aborted.splice(0)).toEqual(["over"]);
  });
});
