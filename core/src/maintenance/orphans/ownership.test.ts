import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { join } from "node:path";
import { CreateMultipartUploadCommand, ListMultipartUploadsCommand, S3Client } from "@aws-sdk/client-s3";
import {
  createRecordingLogger,
  fewUnlessWhole,
  newFileKey,
  storedKeys,
  storeFile,
  succeededJob,
  type TempDir,
  tempDir,
} from "@vidferry/testing";
import { must, newId } from "@vidferry/testing/conformance";
import { createMigratedDatabase, missingService, testS3Credentials, useService } from "@vidferry/testing/services";
import { localDiskBlobs } from "../../adapters/blobs/local-disk/index.ts";
import { s3Blobs } from "../../adapters/blobs/s3/index.ts";
import { memoryStore } from "../../adapters/memory/index.ts";
import { postgresStore } from "../../adapters/sql/postgres/index.ts";
import { sqliteStore } from "../../adapters/sql/sqlite/index.ts";
import { systemClock } from "../../adapters/system/index.ts";
import type { Database } from "../../database/database.ts";
import type { BlobStore } from "../../library/blob-store.ts";
import { claimLocation, ownerOf, storageLocation } from "./ownership.ts";
import { createOrphanSearch } from "./search-orphans.ts";

let dir: TempDir;
const opened: { close(): Promise<void> }[] = [];
const databases: AsyncDisposable[] = [];
const keep = <T extends { close(): Promise<void> }>(made: T): T => {
  opened.push(made);
  return made;
};
beforeAll(async () => {
  dir = await tempDir("vidferry-owner");
});
afterAll(async () => {
  for (const made of opened) await made.close();
  for (const database of databases) await database[Symbol.asyncDispose]();
  await dir[Symbol.asyncDispose]();
});

const stores: Record<string, { readonly missing?: string | undefined; open(): Promise<Database> }> = {
  memory: { open: async () => keep(memoryStore({ clock: systemClock })) },
  SQLite: { open: async () => keep(sqliteStore({ path: join(dir.path, `${crypto.randomUUID()}.db`) })) },
  PostgreSQL: {
    missing: missingService("postgres"),
    open: async () => {
      const database = await createMigratedDatabase(await useService("postgres"));
      databases.push(database);
      return keep(postgresStore({ url: database.url }));
    },
  },
};

interface SharedStorage {
  readonly missing?: string | undefined;
  /** Two openings of one storage, as two deployments have them. */
  open(): Promise<readonly [BlobStore, BlobStore]>;
}

const storages: Record<string, SharedStorage> = {
  "a folder": {
    open: async () => {
      const directory = join(dir.path, crypto.randomUUID());
      return [localDiskBlobs({ directory }), localDiskBlobs({ directory })];
    },
  },
  "a bucket": {
    missing: missingService("s3"),
    open: async () => {
      const endpoint = await useService("s3");
      const bucket = `t-${crypto.randomUUID()}`;
      await fetch(`${endpoint}/${bucket}`, { method: "PUT" });
      const open = () => keep(s3Blobs({ bucket, endpoint, credentials: testS3Credentials }));
      return [open(), open()];
    },
  },
};

const searchOf = (database: Database, blobs: BlobStore) =>
  createOrphanSearch(
    { database, blobs, clock: systemClock, logger: createRecordingLogger() },
    { maxShare: 1, apartMs: 0 },
  );

const pairs = Object.keys(stores).flatMap((database) =>
  Object.keys(storages).map((storage) => ({ database, storage })),
);
/** In short each kind of a database and of a storage once. */
const few: Readonly<Record<string, string>> = { SQLite: "a folder", PostgreSQL: "a bucket" };

for (const { database, storage } of fewUnlessWhole(pairs, (pair) => few[pair.database] === pair.storage)) {
  const { missing: noStore, open } = must(stores[database]);
  const { missing: noStorage, open: share } = must(storages[storage]);
  describe.skipIf((noStore ?? noStorage) !== undefined)(`two deployments (${database}) on ${storage}`, () => {
    test("the second one, with an empty database, deletes nothing, however often it looks", async () => {
      const [mine, theirs] = await share();
      const production = await open();
      await searchOf(production, mine).run();
      const { key } = await succeededJob(production, mine);
      const orphan = await storeFile(mine, newFileKey());
      const staging = searchOf(await open(), theirs);
      for (let round = 0; round < 3; round += 1) expect(await staging.run()).toBe(0);
      expect(await storedKeys(mine)).toEqual([key, orphan].toSorted());
      expect(staging.storage.heldBack()).toMatchObject({
        detail: expect.stringContaining("another deployment"),
        fix: expect.stringContaining("--adopt"),
      });
      expect(await searchOf(production, mine).run()).toBe(1);
    });

    test("the files of a version without marks go to the database that knows them, and to no other", async () => {
      const [mine, theirs] = await share();
      const production = await open();
      const keys = [await succeededJob(production, mine), await succeededJob(production, mine)].map(({ key }) => key);
      const staging = searchOf(await open(), theirs);
      for (let round = 0; round < 3; round += 1) expect(await staging.run()).toBe(0);
      expect(await theirs.mark.read()).toBeNull();
      expect(staging.storage.heldBack()?.detail).toContain("no mark");
      await searchOf(production, mine).run();
      expect(await mine.mark.read()).toBe((await production.deployment()).id);
      expect(await staging.run()).toBe(0);
      expect(await storedKeys(mine)).toEqual(keys.toSorted());
    });

    test("of two that start on an empty storage at once, one gets it", async () => {
      const shared = await share();
      const both = await Promise.all([open(), open()]);
      const owners = await Promise.all(
        both.map((store, index) => claimLocation(store, storageLocation(shared[index] ?? shared[0]))),
      );
      expect(owners.map(({ kind }) => kind).toSorted()).toEqual(["foreign", "ours"]);
    });
  });
}

describe("a storage without a mark", () => {
  const store = () => keep(memoryStore({ clock: systemClock }));
  const blobs = () => localDiskBlobs({ directory: join(dir.path, crypto.randomUUID()) });

  test("is not taken by a database that was restored from a backup: it does not know the newest files", async () => {
    const [restored, files] = [store(), blobs()];
    for (let count = 0; count < 30; count += 1) await succeededJob(restored, files);
    await storeFile(files, newFileKey());
    expect(await claimLocation(restored, storageLocation(files))).toEqual({ kind: "unmarked" });
  });

  test("is taken although crashes have left some files there, but not when these are many", async () => {
    const [known, files] = [store(), blobs()];
    await storeFile(files, newFileKey());
    for (let count = 0; count < 12; count += 1) await succeededJob(known, files);
    const many = blobs();
    for (let count = 0; count < 3; count += 1) await storeFile(many, newFileKey());
    for (let count = 0; count < 3; count += 1) await succeededJob(known, many);
    expect((await claimLocation(known, storageLocation(files))).kind).toBe("ours");
    expect((await claimLocation(known, storageLocation(many))).kind).toBe("unmarked");
  });

  test("is taken when what lies there is of other programs, and when nothing does", async () => {
    const files = blobs();
    await storeFile(files, "backups/db.tar");
    await storeFile(files, "jobs/nightly/1/db.tar");
    const mine = store();
    expect(await ownerOf(mine, storageLocation(files))).toEqual({ kind: "unmarked" });
    expect((await claimLocation(mine, storageLocation(files))).kind).toBe("ours");
    expect((await ownerOf(mine, storageLocation(files))).kind).toBe("ours");
  });

  test("with a mark that is unreadable belongs to nobody until an operator says so", async () => {
    const [mine, files] = [store(), blobs()];
    await files.mark.replace("" as never);
    expect(await claimLocation(mine, storageLocation(files))).toEqual({ kind: "foreign", mark: "" });
    await files.mark.replace((await mine.deployment()).id);
    expect((await claimLocation(mine, storageLocation(files))).kind).toBe("ours");
  });
});

describe.skipIf(missingService("s3") !== undefined)("a bucket on s3 that other applications use too", () => {
  test("keeps their uploads, and loses those of ours whose attempt is over", async () => {
    const endpoint = await useService("s3");
    const bucket = `t-${crypto.randomUUID()}`;
    await fetch(`${endpoint}/${bucket}`, { method: "PUT" });
    const client = new S3Client({
      endpoint,
      region: "us-east-1",
      forcePathStyle: true,
      credentials: testS3Credentials,
    });
    const mine = keep(memoryStore({ clock: systemClock }));
    const search = searchOf(mine, keep(s3Blobs({ bucket, endpoint, credentials: testS3Credentials })));
    await search.run();
    const foreign = ["backups/2026/db.tar", "jobs/nightly", `jobs/${newId()}/1/part.bin`];
    const ours = newFileKey();
    for (const Key of [...foreign, ours]) await client.send(new CreateMultipartUploadCommand({ Bucket: bucket, Key }));
    expect((await search.run()) + (await search.run())).toBe(1);
    const { Uploads = [] } = await client.send(new ListMultipartUploadsCommand({ Bucket: bucket }));
    expect(Uploads.map(({ Key }) => Key).toSorted()).toEqual(foreign.toSorted());
    client.destroy();
  });
});
