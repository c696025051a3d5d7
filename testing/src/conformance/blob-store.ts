import { randomBytes } from "node:crypto";
import { blobContentsConformance } from "./blob-store/contents.ts";
import { failedPutsConformance } from "./blob-store/failed-puts.ts";
import { type BlobStoreSuite, sha256, sharedBlobs } from "./blob-store/fixture.ts";
import { markConformance } from "./deployment-mark.ts";

export { type BlobStoreSuite, type BlobStoreUnderTest, bytesOf, streamOf } from "./blob-store/fixture.ts";

/** What every {@link BlobStore} must do. */
export function blobStoreConformance(suite: BlobStoreSuite): void {
  const { describe, test, expect, name } = suite;
  describe(`blob store: ${name}`, () => {
    const blobs = sharedBlobs(suite);
    const { put, read, keysUnder } = blobs;

    blobContentsConformance(suite, blobs);
    failedPutsConformance(suite, blobs);
    markConformance({ test, expect, markOf: () => blobs.store.mark });

    test("the mark is in no list", async () => {
      expect(await blobs.store.mark.read()).not.toBeNull();
      expect((await keysUnder("")).filter((key) => key.includes("deployment"))).toEqual([]);
    });

    test("a body can be canceled half way, and aborted by its signal", async () => {
      await put("jobs/a/1/half", randomBytes(5_000_000));
      const canceled = (await blobs.store.open("jobs/a/1/half"))!.body.getReader();
      expect((await canceled.read()).value!.byteLength).toBeGreaterThan(0);
      await canceled.cancel();
      const abort = new AbortController();
      const aborted = (await blobs.store.open("jobs/a/1/half", undefined, abort.signal))!.body.getReader();
      await aborted.read();
      abort.abort(new Error("stopped"));
      await expect(
        (async () => {
          while (!(await aborted.read()).done);
        })(),
      ).rejects.toThrow("stopped");
      await expect(
        blobs.store.open("jobs/a/1/half", undefined, AbortSignal.abort(new Error("before"))),
      ).rejects.toThrow("before");
    });

    test("many puts and reads at once do not mix", async () => {
      const contents = Array.from({ length: 20 }, (_, index) => randomBytes(50_000 + index));
      await Promise.all(contents.map((content, index) => put(`many/${index}`, content)));
      const back = await Promise.all(contents.map((_, index) => read(`many/${index}`)));
      expect(back.map((content) => sha256(content!))).toEqual(contents.map(sha256));
    });

    test("puts and removes in the same folder at once lose nothing", async () => {
      for (let round = 0; round < 10; round += 1) {
        await put("busy/folder/old", new Uint8Array([1]));
        await Promise.all([blobs.store.remove(["busy/folder/old"]), put("busy/folder/new", new Uint8Array([2]))]);
        expect(await keysUnder("busy/")).toEqual(["busy/folder/new"]);
        await blobs.store.remove(["busy/folder/new"]);
      }
    });

    test("a check writes, reads and deletes, and leaves nothing", async () => {
      const before = await keysUnder("");
      await blobs.store.check();
      expect(await keysUnder("")).toEqual(before);
      await expect(blobs.store.check(AbortSignal.abort(new Error("stopped")))).rejects.toThrow("stopped");
    });
  });
}
