import { stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { eventually } from "../../eventually.ts";
import { type BlobFixture, type BlobStoreSuite, contentType } from "./fixture.ts";

/** What is left of puts that fail, are aborted, or have not ended. */
export function failedPutsConformance({ test, expect }: BlobStoreSuite, blobs: BlobFixture): void {
  const { put, read, keysUnder, uploadsUnder } = blobs;

  test("a source that breaks leaves no blob and no rest, whatever its size", async () => {
    for (const megabytes of [0, 1, 40]) {
      let left = megabytes;
      const broken = new ReadableStream<Uint8Array>({
        pull(controller) {
          if (left === 0) controller.error(new Error("the source broke"));
          else controller.enqueue(new Uint8Array(1024 * 1024));
          left -= 1;
        },
      });
      const put = blobs.store.put(`broken/${megabytes}`, { kind: "stream", stream: broken }, { contentType });
      await expect(put).rejects.toMatchObject({ code: "storage_error" });
    }
    expect(await keysUnder("broken/")).toEqual([]);
    expect(await uploadsUnder("")).toEqual([]);
  });

  test("a failed put does not touch the blob that was there before", async () => {
    await put("jobs/a/1/kept", new TextEncoder().encode("kept"));
    const broken = new ReadableStream<Uint8Array>({
      start: (controller) => controller.error(new Error("the source broke")),
    });
    const again = blobs.store.put("jobs/a/1/kept", { kind: "stream", stream: broken }, { contentType });
    await expect(again).rejects.toMatchObject({ code: "storage_error" });
    expect(new TextDecoder().decode((await read("jobs/a/1/kept"))!)).toBe("kept");
  });

  test("a missing source file is a storage error, and a put that was aborted before does not start", async () => {
    const missing = { kind: "file", path: join(blobs.folder.path, "missing") } as const;
    await expect(blobs.store.put("jobs/a/1/m", missing, { contentType })).rejects.toMatchObject({
      code: "storage_error",
    });
    const path = join(blobs.folder.path, "untouched");
    await writeFile(path, "x");
    const signal = AbortSignal.abort(new Error("stopped"));
    const stopped = blobs.store.put("jobs/a/1/m", { kind: "file", path }, { contentType, signal });
    await expect(stopped).rejects.toThrow("stopped");
    expect((await stat(path)).size).toBe(1);
    expect(await blobs.store.stat("jobs/a/1/m")).toBeNull();
  });

  test("an abort ends a put whose source is silent, cancels the source and leaves nothing", async () => {
    const abort = new AbortController();
    let canceled: unknown = null;
    let sent = 0;
    const silent = new ReadableStream<Uint8Array>({
      pull(controller) {
        sent += 1;
        if (sent <= 20) controller.enqueue(new Uint8Array(1024 * 1024));
        else queueMicrotask(() => abort.abort(new Error("stopped")));
        return sent <= 20 ? undefined : new Promise<void>(() => undefined);
      },
      cancel(reason) {
        canceled = reason;
      },
    });
    const put = blobs.store.put(
      "jobs/a/1/aborted",
      { kind: "stream", stream: silent },
      { contentType, signal: abort.signal },
    );
    await expect(put).rejects.toThrow("stopped");
    expect(canceled).toBe(abort.signal.reason);
    expect(await blobs.store.stat("jobs/a/1/aborted")).toBeNull();
    expect(await uploadsUnder("")).toEqual([]);
  });

  test("an upload that has not ended is listed below its prefix only, and ending it fails its put alone", async () => {
    const { promise: gate, resolve: release } = Promise.withResolvers<void>();
    const slow = (key: string) => {
      let sent = 0;
      const stream = new ReadableStream<Uint8Array>({
        async pull(controller) {
          sent += 1;
          if (sent > 20) await gate;
          if (sent > 21) controller.close();
          else controller.enqueue(new Uint8Array(1024 * 1024));
        },
      });
      return blobs.store.put(key, { kind: "stream", stream }, { contentType }).catch((error: unknown) => error);
    };
    const [doomed, spared] = [slow("uploads/one/1/doomed"), slow("uploads/other/1/spared")];
    await eventually(async () => (await uploadsUnder("uploads/")).length === 2);
    const [listed, ...others] = await uploadsUnder("uploads/one/");
    expect(others).toEqual([]);
    expect(listed).toMatchObject({ key: "uploads/one/1/doomed", modifiedAt: expect.any(Date) });
    await blobs.store.abortUpload(listed!);
    await blobs.store.abortUpload(listed!);
    release();
    expect(await doomed).toMatchObject({ code: "storage_error" });
    expect(await spared).toMatchObject({ bytes: 21 * 1024 * 1024 });
    expect(await keysUnder("uploads/")).toEqual(["uploads/other/1/spared"]);
    expect(await uploadsUnder("")).toEqual([]);
  });
}
