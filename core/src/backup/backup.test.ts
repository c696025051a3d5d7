import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { readdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { onlyWhole, type TempDir, tempDir } from "@vidferry/testing";
import { anArtifact, aResult, attemptOf, must, started, streamOf } from "@vidferry/testing/conformance";
import { createMigratedDatabase, createTestDatabase, missingService, useService } from "@vidferry/testing/services";
import { localDiskBlobs } from "../adapters/blobs/local-disk/index.ts";
import { postgresCopies, postgresStore } from "../adapters/sql/postgres/index.ts";
import { sqliteCopies, sqliteStore } from "../adapters/sql/sqlite/index.ts";
import { systemClock } from "../adapters/system/index.ts";
import type { Database } from "../database/database.ts";
import type { Job } from "../jobs/job.ts";
import type { BlobStore } from "../library/blob-store.ts";
import type { DatabaseCopies } from "./database-copies.ts";
import { makeBackup } from "./make-backup.ts";
import { listManifests } from "./manifest.ts";
import { restoreBackup } from "./restore-backup.ts";

type Store = Database & { migrate(): Promise<void> };

/** A database to back up, and a place without one to restore it to. */
interface Databases {
  readonly from: Store;
  readonly copies: DatabaseCopies;
  readonly to: DatabaseCopies;
  openRestored(): Store;
  close(): Promise<void>;
}

const kinds: Readonly<Record<string, (folder: string) => Promise<Databases>>> = {
  SQLite: async (folder) => {
    const [path, other, scratch] = ["a/jobs.db", "b/jobs.db", "scratch"].map((name) => join(folder, name)) as [
      string,
      string,
      string,
    ];
    const from = sqliteStore({ path });
    return {
      from,
      copies: sqliteCopies({ path, scratch }),
      to: sqliteCopies({ path: other, scratch }),
      openRestored: () => sqliteStore({ path: other }),
      close: () => from.close(),
    };
  },
  PostgreSQL: async (folder) => {
    const server = await useService("postgres");
    const [one, two] = [await createMigratedDatabase(server), await createTestDatabase(server)];
    const scratch = join(folder, "scratch");
    const from = postgresStore({ url: one.url });
    return {
      from,
      copies: postgresCopies({ url: one.url, scratch }),
      to: postgresCopies({ url: two.url, scratch }),
      openRestored: () => postgresStore({ url: two.url }),
      close: async () => {
        await from.close();
        await one[Symbol.asyncDispose]();
        await two[Symbol.asyncDispose]();
      },
    };
  },
};

for (const [name, openDatabases] of Object.entries(kinds)) {
  describe.skipIf(name === "PostgreSQL" && missingService("postgres") !== undefined)(`a backup of ${name}`, () => {
    // How a backup goes is the same over every database; in short PostgreSQL has what differs.
    const testEach = name === "PostgreSQL" ? onlyWhole(test) : test;
    let folder: TempDir;
    let databases: Databases;
    let blobs: BlobStore;
    let target: BlobStore;
    let restored: BlobStore;
    const opened: Store[] = [];
    const disk = (at: string): BlobStore => localDiskBlobs({ directory: join(folder.path, at) });

    beforeEach(async () => {
      folder = await tempDir("vidferry-backup");
      databases = await openDatabases(folder.path);
      [blobs, target, restored] = [disk("files"), disk("backups"), disk("restored")];
    });
    afterEach(async () => {
      for (const store of opened.splice(0)) await store.close();
      await databases.close();
      await folder[Symbol.asyncDispose]();
    });

    /** A job that succeeded with a file of this text. */
    async function jobWith(text: string): Promise<Job> {
      const job = await started(databases.from);
      const storageKey = `jobs/${job.id}/1/art_1.mp4`;
      const stream = streamOf(new TextEncoder().encode(text));
      const stored = await blobs.put(storageKey, { kind: "stream", stream }, { contentType: "video/mp4" });
      const artifacts = [{ ...anArtifact, ...stored, storageKey }];
      return must(await databases.from.attempts.succeed(attemptOf(job), { ...aResult, artifacts, retentionMs: null }));
    }
    let later = 0;
    const back = (keep: number | null = null, onStep?: (step: string) => void) =>
      makeBackup({
        ...{ database: databases.from, copies: databases.copies, blobs, target, keep, version: "1.2.3" },
        // A time of its own for each: the name of a backup is its time.
        clock: { ...systemClock, now: () => new Date(Date.now() + ++later) },
        onProgress: ({ step }) => onStep?.(step),
      });
    const restore = (key?: string) =>
      restoreBackup({ source: target, copies: databases.to, blobs: restored, ...(key !== undefined && { key }) });
    const openRestored = (): Store => {
      const store = databases.openRestored();
      opened.push(store);
      return store;
    };
    const textOf = async (store: BlobStore, job: Job): Promise<string | null> => {
      const blob = await store.open(job.artifacts[0]?.storageKey ?? "");
      return blob === null ? null : await new Response(blob.body).text();
    };

    test("puts back the jobs and their files, and the deployment is the same", async () => {
      const job = await jobWith("first");
      const running = await started(databases.from);
      const made = await back();
      expect(made).toMatchObject({ damaged: [], manifest: { files: { count: 1, bytes: 5, damaged: 0 } } });
      const report = await restore();
      expect(report).toMatchObject({ files: 1, damaged: [] });
      const store = openRestored();
      await store.check();
      expect(await store.jobs.get(job.id, null)).toEqual(job);
      expect(await store.jobs.get(running.id, null)).toEqual(running);
      expect(await store.deployment()).toEqual(await databases.from.deployment());
      expect(await textOf(restored, job)).toBe("first");
      expect(await restored.mark.read()).toBe((await store.deployment()).id);
    });

    testEach("has the files of jobs that end while it is made, and not those that are deleted meanwhile", async () => {
      const gone = await jobWith("gone");
      const other: Job[] = [];
      let begun: Promise<void> | null = null;
      const report = await makeBackup({
        database: databases.from,
        copies: {
          ...databases.copies,
          // Between the files and the database.
          copy: async (take, signal) => {
            begun = (async () => {
              other.push(await jobWith("late"));
              await databases.from.jobs.remove(gone.id, null);
            })();
            await begun;
            return await databases.copies.copy(take, signal);
          },
        },
        ...{ blobs, target, clock: systemClock, version: "1.2.3", keep: null },
      });
      expect(report.damaged).toEqual([]);
      await restore();
      const [late] = other as [Job];
      expect(await openRestored().jobs.get(late.id, null)).toEqual(late);
      expect(await textOf(restored, late)).toBe("late");
    });

    testEach("copies a file once, keeps as many backups as it was told, and the files that those name", async () => {
      const [kept, gone] = [await jobWith("kept"), await jobWith("gone!")];
      expect((await back(2)).copiedBytes).toBe(9);
      await databases.from.jobs.remove(gone.id, null);
      await databases.from.blobs.release([gone.artifacts[0]?.storageKey ?? ""]);
      expect((await back(2)).copiedBytes).toBe(0);
      const filesOf = async () => (await Array.fromAsync(target.list("files/"))).length;
      expect(await filesOf()).toBe(2);
      await back(2);
      expect(await filesOf()).toBe(1);
      expect(await listManifests(target)).toHaveLength(2);
      expect(await Array.fromAsync(target.list("databases/"))).toHaveLength(2);
      expect(await Array.fromAsync(target.list("pruned/"))).toEqual([]);
      await restore();
      expect(await textOf(restored, kept)).toBe("kept");
    });

    testEach("names files that the storage has lost or changed, in the backup and in the restore", async () => {
      const [lost, changed] = [await jobWith("lost"), await jobWith("before")];
      await blobs.remove([lost.artifacts[0]?.storageKey ?? ""]);
      await writeFile(join(folder.path, "files", changed.artifacts[0]?.storageKey ?? ""), "behind");
      const keys = [lost, changed].map(({ artifacts }) => artifacts[0]?.storageKey ?? "");
      expect((await back()).damaged.toSorted()).toEqual(keys.toSorted());
      expect((await restore()).files).toBe(0);
    });

    test("is refused where it could overwrite something: another backup's target, a database, a storage", async () => {
      await jobWith("first");
      await back();
      const other = sqliteStore({ path: join(folder.path, "other.db") });
      opened.push(other);
      const foreign = makeBackup({
        ...{ database: other, copies: databases.copies, blobs, target, clock: systemClock, version: "1", keep: 1 },
      });
      await expect(foreign).rejects.toMatchObject({ code: "invalid_state" });
      await restored.put("jobs/x", { kind: "stream", stream: streamOf() }, { contentType: "text/plain" });
      await expect(restore()).rejects.toMatchObject({
        message: expect.stringContaining("is not empty: it has jobs/x"),
      });
      await restored.remove(["jobs/x"]);
      await restore();
      await expect(restore()).rejects.toMatchObject({
        code: "invalid_state",
        message: expect.stringContaining("already"),
      });
      const onTop = restoreBackup({ source: target, copies: databases.copies, blobs: restored });
      await expect(onTop).rejects.toMatchObject({ code: "invalid_state" });
    });

    testEach("is done again after it was interrupted, and nothing that is damaged gets into the database", async () => {
      const job = await jobWith("first");
      await back();
      const [database] = await Array.fromAsync(target.list("databases/"));
      const path = join(folder.path, "backups", database?.key ?? "");
      const whole = await Bun.file(path).bytes();
      await writeFile(path, whole.with(whole.length - 1, (whole.at(-1) ?? 0) ^ 1));
      await expect(restore()).rejects.toMatchObject({ code: "storage_error" });
      await writeFile(path, whole);
      // The storage carries the mark and the file already.
      expect(await restore()).toMatchObject({ files: 1, copiedBytes: 0 });
      expect(await openRestored().jobs.get(job.id, null)).toEqual(job);
      expect(await readdir(join(folder.path, "scratch"))).toEqual([]);
    });

    testEach("without one of its lists is not restored, and costs no other backup its files", async () => {
      const gone = await jobWith("gone!");
      await back();
      await databases.from.jobs.remove(gone.id, null);
      await databases.from.blobs.release([gone.artifacts[0]?.storageKey ?? ""]);
      await jobWith("kept");
      await back();
      const lists = (await Array.fromAsync(target.list("lists/"))).map(({ key }) => key).sort();
      await target.remove(lists.slice(2));
      await expect(restore()).rejects.toMatchObject({
        code: "storage_error",
        message: expect.stringContaining("lists/"),
      });
      await databases.to.refuseExisting();
      await expect(back(2)).rejects.toMatchObject({ code: "storage_error" });
      expect(await listManifests(target)).toHaveLength(3);
      expect(await Array.fromAsync(target.list("files/"))).toHaveLength(2);
    });

    testEach("that was interrupted does not exist", async () => {
      await jobWith("first");
      const stop = new AbortController();
      const interrupted = makeBackup({
        ...{ database: databases.from, copies: databases.copies, blobs, target, clock: systemClock, version: "1" },
        keep: null,
        signal: stop.signal,
        onProgress: ({ step }) => step === "database" && stop.abort(),
      });
      await expect(interrupted).rejects.toThrow();
      expect(await listManifests(target)).toEqual([]);
      await expect(restore()).rejects.toMatchObject({ code: "not_found" });
      await back();
      await rm(join(folder.path, "restored"), { recursive: true, force: true });
      expect((await restore()).files).toBe(1);
    });
  });
}
