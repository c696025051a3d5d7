import type { Repositories, StoredArtifact } from "@vidferry/core";
import { anArtifact, aResult, attemptOf, type DatabaseSuite, must, started } from "./fixture.ts";

const minute = 60_000;

/** A job that has succeeded with these files, each named once. */
async function jobWith(store: Repositories, keys: readonly string[], retentionMs: number | null = null) {
  const artifacts: StoredArtifact[] = keys.map((storageKey, index) => ({
    ...anArtifact,
    id: `art_${index}`,
    storageKey,
  }));
  const result = { ...aResult, artifacts, retentionMs };
  return must(await store.attempts.succeed(attemptOf(await started(store)), result));
}

/** Blobs, and the artifacts that reference them. */
export function blobsConformance({ describe, test, expect, create, inShort }: DatabaseSuite): void {
  describe("blobs", () => {
    test("are known and counted from the success that names them, and read back with their job", async () => {
      await using fixture = await create();
      const { store } = fixture;
      const job = await jobWith(store, ["jobs/a", "jobs/b"]);
      await jobWith(store, ["jobs/b"]);
      expect((await store.jobs.get(job.id, null))?.artifacts).toEqual(job.artifacts);
      expect(await store.blobs.known(["jobs/a", "jobs/b", "jobs/none"])).toEqual(new Set(["jobs/a", "jobs/b"]));
      expect(await store.blobs.known([])).toEqual(new Set());
      const counts = await Promise.all(["jobs/a", "jobs/b", "jobs/none"].map((key) => store.blobs.references(key)));
      expect(counts).toEqual([1, 2, 0]);
    });

    test("are summed up, each once, however many name them", async () => {
      await using fixture = await create();
      const { store } = fixture;
      expect(await store.blobs.storedBytes()).toBe(0);
      const job = await jobWith(store, ["jobs/a", "jobs/b"]);
      await jobWith(store, ["jobs/b"]);
      expect(await store.blobs.storedBytes()).toBe(2 * anArtifact.bytes);
      await store.jobs.remove(job.id, null);
      await store.blobs.release(["jobs/a", "jobs/b"]);
      expect(await store.blobs.storedBytes()).toBe(anArtifact.bytes);
    });

    test("are let go when the last that named them is gone, and by one of many", async () => {
      await using fixture = await create();
      const { store } = fixture;
      const keys = ["jobs/a", "jobs/b", "jobs/none"];
      const [one, two] = [await jobWith(store, ["jobs/a", "jobs/b"]), await jobWith(store, ["jobs/b"])];
      expect(await store.blobs.release(keys)).toEqual([]);
      await store.jobs.remove(one.id, null);
      const released = await Promise.all(Array.from({ length: 5 }, () => store.blobs.release(keys)));
      expect(released.flat()).toEqual(["jobs/a"]);
      await store.jobs.remove(two.id, null);
      expect(await store.blobs.release(keys)).toEqual(["jobs/b"]);
      expect(await store.blobs.known(keys)).toEqual(new Set());
      expect(await store.blobs.release([])).toEqual([]);
    });

    // In short that of the deliveries stands for what is written in parts.
    if (!inShort) {
      test("are let go however many are asked for at once", async () => {
        await using fixture = await create();
        const { store } = fixture;
        const job = await jobWith(store, ["jobs/a", "jobs/b"]);
        await store.jobs.remove(job.id, null);
        const others = Array.from({ length: 70_000 }, (_, index) => `jobs/a-${index}`);
        expect((await store.blobs.release(["jobs/b", ...others, "jobs/a"])).toSorted()).toEqual(["jobs/a", "jobs/b"]);
      });
    }

    test("stay counted when the transaction that lets them go is undone", async () => {
      await using fixture = await create();
      const { store } = fixture;
      const job = await jobWith(store, ["jobs/a"]);
      const undone = store.transaction(async (tx) => {
        await tx.jobs.remove(job.id, null);
        expect(await tx.blobs.release(["jobs/a"])).toEqual(["jobs/a"]);
        throw new Error("changed its mind");
      });
      await expect(undone).rejects.toThrow();
      expect(await store.blobs.references("jobs/a")).toBe(1);
      expect(await store.blobs.known(["jobs/a"])).toEqual(new Set(["jobs/a"]));
    });

    test("are listed page by page, with what was stored", async () => {
      await using fixture = await create();
      const { store } = fixture;
      await jobWith(store, ["jobs/c", "jobs/a"]);
      await jobWith(store, ["jobs/b"]);
      expect(await store.blobs.count()).toBe(3);
      const { bytes, sha256 } = anArtifact;
      const first = await store.blobs.list(null, 2);
      expect(first).toEqual(["jobs/a", "jobs/b"].map((key) => ({ key, bytes, sha256 })));
      expect(await store.blobs.list("jobs/b", 2)).toEqual([{ key: "jobs/c", bytes, sha256 }]);
      expect(await store.blobs.list("jobs/c", 2)).toEqual([]);
    });

    test("that nobody names are found after a while", async () => {
      await using fixture = await create();
      const { store, advance } = fixture;
      const expired = await jobWith(store, ["jobs/c", "jobs/a"], minute);
      await jobWith(store, ["jobs/b"]);
      await advance(2 * minute);
      expect(await store.blobs.listUnreferenced(10, 0)).toEqual([]);
      expect(await store.artifacts.clear(expired.id)).toBe(true);
      expect(await store.blobs.listUnreferenced(10, 60 * minute)).toEqual([]);
      expect(await store.blobs.listUnreferenced(10, minute)).toEqual(["jobs/a", "jobs/c"]);
      expect(await store.blobs.listUnreferenced(1, minute)).toEqual(["jobs/a"]);
    });
  });
}
