import { createHash, randomBytes } from "node:crypto";
import { stat, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { BlobInfo, BlobStore, UnfinishedUpload } from "@vidferry/core";
import { eventually } from "../eventually.ts";
import { type TempDir, tempDir } from "../temp-dir.ts";
import { markConformance } from "./deployment-mark.ts";
import type { SharingTestKit } from "./test-kit.ts";

/** A blob store under test, empty at first. */
export interface BlobStoreUnderTest extends AsyncDisposable {
  readonly store: BlobStore;
}

const contentType = "application/octet-stream";
const sha256 = (content: Uint8Array) => createHash("sha256").update(content).digest("hex");

/** A stream of these chunks, given one by one as they are asked for. */
export function streamOf(...chunks: readonly Uint8Array[]): ReadableStream<Uint8Array> {
  const left = [...chunks];
  return new ReadableStream({
    pull(controller) {
      const chunk = left.shift();
      if (chunk === undefined) controller.close();
      else controller.enqueue(chunk);
    },
  });
}

/** Everything that is left in a stream. */
export async function bytesOf(stream: ReadableStream<Uint8Array>): Promise<Uint8Array> {
  return new Uint8Array(await new Response(stream as ReadableStream<Uint8Array<ArrayBuffer>>).arrayBuffer());
}

/** What the {@link BlobStore} suite needs. */
export interface BlobStoreSuite extends SharingTestKit {
  readonly name: string;
  /** Makes an empty store on the real backend. */
  create(): Promise<BlobStoreUnderTest>;
}

/** What every {@link BlobStore} must do. */
export function blobStoreConformance(suite: BlobStoreSuite): void {
  const { describe, test, expect, beforeAll, afterAll, name, create } = suite;
  describe(`blob store: ${name}`, () => {
    let under: BlobStoreUnderTest;
    let store: BlobStore;
    let folder: TempDir;
    const put = (key: string, content: Uint8Array) =>
      store.put(key, { kind: "stream", stream: streamOf(content) }, { contentType });
    const read = async (key: string) => {
      const blob = await store.open(key);
      return blob === null ? null : await bytesOf(blob.body);
    };
    const keysUnder = async (prefix: string) => {
      const found: BlobInfo[] = [];
      for await (const blob of store.list(prefix)) found.push(blob);
      return found.map((blob) => blob.key).sort();
    };
    const uploadsUnder = async (prefix: string) => {
      const found: UnfinishedUpload[] = [];
      for await (const upload of store.listUploads(prefix)) found.push(upload);
      return found;
    };

    beforeAll(async () => {
      under = await create();
      store = under.store;
      folder = await tempDir("vidferry-blobs");
    });
    afterAll(async () => {
      await store?.close();
      await under?.[Symbol.asyncDispose]();
      await folder?.[Symbol.asyncDispose]();
    });

    test("a stream is stored byte by byte, with its size and SHA-256", async () => {
      const content = randomBytes(3_000_001);
      const chunks = [content.subarray(0, 1), content.subarray(1, 2_500_000), content.subarray(2_500_000)];
      const seen: number[] = [];
      const stored = await store.put(
        "jobs/a/1/stream.bin",
        { kind: "stream", stream: streamOf(...chunks) },
        { contentType, onProgress: (bytes) => seen.push(bytes) },
      );
      expect(stored).toEqual({ bytes: content.length, sha256: sha256(content) });
      expect(seen.at(-1)).toBe(content.length);
      expect(seen).toEqual([...seen].sort((one, other) => one - other));
      expect(sha256((await read("jobs/a/1/stream.bin"))!)).toBe(stored.sha256);
    });

    test("a file is stored byte by byte, and its time is when it was stored", async () => {
      const content = randomBytes(1_234_567);
      const path = join(folder.path, "source.bin");
      await writeFile(path, content);
      await utimes(path, new Date(0), new Date(0));
      const stored = await store.put("jobs/a/1/file.bin", { kind: "file", path }, { contentType });
      expect(stored).toEqual({ bytes: content.length, sha256: sha256(content) });
      const info = (await store.stat("jobs/a/1/file.bin"))!;
      expect(info).toMatchObject({ key: "jobs/a/1/file.bin", bytes: content.length });
      expect(Math.abs(Date.now() - info.modifiedAt.getTime())).toBeLessThan(120_000);
      expect(sha256((await read("jobs/a/1/file.bin"))!)).toBe(stored.sha256);
    });

    test("a file whose digest is known is stored like any other; one that has another size is read", async () => {
      const content = randomBytes(234_567);
      const path = join(folder.path, "known.bin");
      const known = { bytes: content.length, sha256: sha256(content) };
      for (const [key, digest] of [
        ["jobs/a/1/known.bin", known],
        ["jobs/a/1/mistaken.bin", { bytes: known.bytes + 1, sha256: sha256(new Uint8Array()) }],
      ] as const) {
        await writeFile(path, content);
        const seen: number[] = [];
        const onProgress = (bytes: number) => seen.push(bytes);
        const stored = await store.put(key, { kind: "file", path, known: digest }, { contentType, onProgress });
        expect(stored).toEqual(known);
        expect(seen.at(-1)).toBe(content.length);
        expect(sha256((await read(key))!)).toBe(known.sha256);
      }
    });

    test("an empty blob is a blob", async () => {
      expect(await put("jobs/a/1/empty", new Uint8Array())).toEqual({ bytes: 0, sha256: sha256(new Uint8Array()) });
      expect(await store.stat("jobs/a/1/empty")).toMatchObject({ bytes: 0 });
      expect(await read("jobs/a/1/empty")).toHaveLength(0);
    });

    test("a second put replaces the whole blob", async () => {
      await put("jobs/a/1/twice", new TextEncoder().encode("the longer first text"));
      await put("jobs/a/1/twice", new TextEncoder().encode("short"));
      expect(new TextDecoder().decode((await read("jobs/a/1/twice"))!)).toBe("short");
    });

    test("ranges give exactly the bytes asked for, and the size of the whole", async () => {
      const content = randomBytes(700_000);
      await put("jobs/a/1/ranges", content);
      for (const [range, expected] of [
        [{ start: 0, end: 0 }, content.subarray(0, 1)],
        [{ start: 100_000, end: 599_999 }, content.subarray(100_000, 600_000)],
        [{ start: 699_999 }, content.subarray(699_999)],
        [{ start: 5, end: 10_000_000 }, content.subarray(5)],
      ] as const) {
        const blob = (await store.open("jobs/a/1/ranges", range))!;
        expect(blob.bytes).toBe(content.length);
        expect(Buffer.compare(await bytesOf(blob.body), expected)).toBe(0);
      }
    });

    test("a range behind the end is refused, also of an empty blob", async () => {
      await put("jobs/a/1/ten", randomBytes(10));
      await put("jobs/a/1/none", new Uint8Array());
      for (const [key, range] of [
        ["jobs/a/1/ten", { start: 10 }],
        ["jobs/a/1/ten", { start: 11, end: 12 }],
        ["jobs/a/1/ten", { start: 5, end: 4 }],
        ["jobs/a/1/none", { start: 0 }],
      ] as const) {
        await expect(store.open(key, range)).rejects.toMatchObject({ code: "range_not_satisfiable" });
      }
    });

    test("what is not there is null, and removing it is fine", async () => {
      expect(await store.open("jobs/none/1/x")).toBeNull();
      expect(await store.open("jobs/none/1/x", { start: 5 })).toBeNull();
      expect(await store.stat("jobs/none/1/x")).toBeNull();
      expect(await store.stat("jobs/a")).toBeNull();
      expect(await store.open("jobs/a")).toBeNull();
      await store.remove(["jobs/none/1/x", "jobs/a"]);
      expect(await store.stat("jobs/a/1/empty")).not.toBeNull();
    });

    test("list gives the blobs below a prefix and no others; removed ones are gone", async () => {
      const keys = Array.from({ length: 25 }, (_, index) => `list/job_1/${index % 3}/art_${index}.mp4`);
      for (const key of [...keys, "list/job_10/1/art.mp4", "listed"]) await put(key, new Uint8Array([1]));
      expect(await keysUnder("list/job_1/")).toEqual([...keys].sort());
      expect(await keysUnder("list/")).toHaveLength(26);
      expect(await keysUnder("")).toContain("listed");
      expect(await keysUnder("nowhere/")).toEqual([]);
      await store.remove(await keysUnder("list/job_1/"));
      expect(await keysUnder("list/")).toEqual(["list/job_10/1/art.mp4"]);
    });

    test.each(["", "../x", "a/../../x", "/etc/passwd", "a//b", ".tmp/x", "a\\b", "a\u0000b", "a/", "ä"])(
      "the key %j is refused everywhere",
      async (key) => {
        const refused = { code: "invalid_request" };
        await expect(put(key, new Uint8Array([1]))).rejects.toMatchObject(refused);
        await expect(store.open(key)).rejects.toMatchObject(refused);
        await expect(store.stat(key)).rejects.toMatchObject(refused);
        await expect(store.remove([key])).rejects.toMatchObject(refused);
        await expect(store.link(key, { fileName: "x", contentType, expiresInSeconds: 60 })).rejects.toMatchObject(
          refused,
        );
      },
    );

    test("a prefix that leads elsewhere is refused", async () => {
      for (const prefix of ["../", "/", "list", "a//"]) {
        await expect(keysUnder(prefix)).rejects.toMatchObject({ code: "invalid_request" });
      }
    });

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
        const put = store.put(`broken/${megabytes}`, { kind: "stream", stream: broken }, { contentType });
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
      const again = store.put("jobs/a/1/kept", { kind: "stream", stream: broken }, { contentType });
      await expect(again).rejects.toMatchObject({ code: "storage_error" });
      expect(new TextDecoder().decode((await read("jobs/a/1/kept"))!)).toBe("kept");
    });

    test("a missing source file is a storage error, and a put that was aborted before does not start", async () => {
      const missing = { kind: "file", path: join(folder.path, "missing") } as const;
      await expect(store.put("jobs/a/1/m", missing, { contentType })).rejects.toMatchObject({ code: "storage_error" });
      const path = join(folder.path, "untouched");
      await writeFile(path, "x");
      const signal = AbortSignal.abort(new Error("stopped"));
      const stopped = store.put("jobs/a/1/m", { kind: "file", path }, { contentType, signal });
      await expect(stopped).rejects.toThrow("stopped");
      expect((await stat(path)).size).toBe(1);
      expect(await store.stat("jobs/a/1/m")).toBeNull();
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
      const put = store.put(
        "jobs/a/1/aborted",
        { kind: "stream", stream: silent },
        { contentType, signal: abort.signal },
      );
      await expect(put).rejects.toThrow("stopped");
      expect(canceled).toBe(abort.signal.reason);
      expect(await store.stat("jobs/a/1/aborted")).toBeNull();
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
        return store.put(key, { kind: "stream", stream }, { contentType }).catch((error: unknown) => error);
      };
      const [doomed, spared] = [slow("uploads/one/1/doomed"), slow("uploads/other/1/spared")];
      await eventually(async () => (await uploadsUnder("uploads/")).length === 2);
      const [listed, ...others] = await uploadsUnder("uploads/one/");
      expect(others).toEqual([]);
      expect(listed).toMatchObject({ key: "uploads/one/1/doomed", modifiedAt: expect.any(Date) });
      await store.abortUpload(listed!);
      await store.abortUpload(listed!);
      release();
      expect(await doomed).toMatchObject({ code: "storage_error" });
      expect(await spared).toMatchObject({ bytes: 21 * 1024 * 1024 });
      expect(await keysUnder("uploads/")).toEqual(["uploads/other/1/spared"]);
      expect(await uploadsUnder("")).toEqual([]);
    });

    markConformance({ test, expect, markOf: () => store.mark });

    test("the mark is in no list", async () => {
      expect(await store.mark.read()).not.toBeNull();
      expect((await keysUnder("")).filter((key) => key.includes("deployment"))).toEqual([]);
    });

    test("a body can be canceled half way, and aborted by its signal", async () => {
      await put("jobs/a/1/half", randomBytes(5_000_000));
      const canceled = (await store.open("jobs/a/1/half"))!.body.getReader();
      expect((await canceled.read()).value!.byteLength).toBeGreaterThan(0);
      await canceled.cancel();
      const abort = new AbortController();
      const aborted = (await store.open("jobs/a/1/half", undefined, abort.signal))!.body.getReader();
      await aborted.read();
      abort.abort(new Error("stopped"));
      await expect(
        (async () => {
          while (!(await aborted.read()).done);
        })(),
      ).rejects.toThrow("stopped");
      await expect(store.open("jobs/a/1/half", undefined, AbortSignal.abort(new Error("before")))).rejects.toThrow(
        "before",
      );
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
        await Promise.all([store.remove(["busy/folder/old"]), put("busy/folder/new", new Uint8Array([2]))]);
        expect(await keysUnder("busy/")).toEqual(["busy/folder/new"]);
        await store.remove(["busy/folder/new"]);
      }
    });

    test("a check writes, reads and deletes, and leaves nothing", async () => {
      const before = await keysUnder("");
      await store.check();
      expect(await keysUnder("")).toEqual(before);
      await expect(store.check(AbortSignal.abort(new Error("stopped")))).rejects.toThrow("stopped");
    });
  });
}
