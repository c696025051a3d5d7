import { randomBytes } from "node:crypto";
import { utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type BlobFixture, type BlobStoreSuite, bytesOf, contentType, sha256, streamOf } from "./fixture.ts";

/** What is stored, read and listed, and which keys are accepted. */
export function blobContentsConformance({ test, expect }: BlobStoreSuite, blobs: BlobFixture): void {
  const { put, read, keysUnder } = blobs;

  test("a stream is stored byte by byte, with its size and SHA-256", async () => {
    const content = randomBytes(3_000_001);
    const chunks = [content.subarray(0, 1), content.subarray(1, 2_500_000), content.subarray(2_500_000)];
    const seen: number[] = [];
    const stored = await blobs.store.put(
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
    const path = join(blobs.folder.path, "source.bin");
    await writeFile(path, content);
    await utimes(path, new Date(0), new Date(0));
    const stored = await blobs.store.put("jobs/a/1/file.bin", { kind: "file", path }, { contentType });
    expect(stored).toEqual({ bytes: content.length, sha256: sha256(content) });
    const info = (await blobs.store.stat("jobs/a/1/file.bin"))!;
    expect(info).toMatchObject({ key: "jobs/a/1/file.bin", bytes: content.length });
    expect(Math.abs(Date.now() - info.modifiedAt.getTime())).toBeLessThan(120_000);
    expect(sha256((await read("jobs/a/1/file.bin"))!)).toBe(stored.sha256);
  });

  test("a file whose digest is known is stored like any other; one that has another size is read", async () => {
    const content = randomBytes(234_567);
    const path = join(blobs.folder.path, "known.bin");
    const known = { bytes: content.length, sha256: sha256(content) };
    for (const [key, digest] of [
      ["jobs/a/1/known.bin", known],
      ["jobs/a/1/mistaken.bin", { bytes: known.bytes + 1, sha256: sha256(new Uint8Array()) }],
    ] as const) {
      await writeFile(path, content);
      const seen: number[] = [];
      const onProgress = (bytes: number) => seen.push(bytes);
      const stored = await blobs.store.put(key, { kind: "file", path, known: digest }, { contentType, onProgress });
      expect(stored).toEqual(known);
      expect(seen.at(-1)).toBe(content.length);
      expect(sha256((await read(key))!)).toBe(known.sha256);
    }
  });

  test("an empty blob is a blob", async () => {
    expect(await put("jobs/a/1/empty", new Uint8Array())).toEqual({ bytes: 0, sha256: sha256(new Uint8Array()) });
    expect(await blobs.store.stat("jobs/a/1/empty")).toMatchObject({ bytes: 0 });
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
      const blob = (await blobs.store.open("jobs/a/1/ranges", range))!;
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
      await expect(blobs.store.open(key, range)).rejects.toMatchObject({ code: "range_not_satisfiable" });
    }
  });

  test("what is not there is null, and removing it is fine", async () => {
    expect(await blobs.store.open("jobs/none/1/x")).toBeNull();
    expect(await blobs.store.open("jobs/none/1/x", { start: 5 })).toBeNull();
    expect(await blobs.store.stat("jobs/none/1/x")).toBeNull();
    expect(await blobs.store.stat("jobs/a")).toBeNull();
    expect(await blobs.store.open("jobs/a")).toBeNull();
    await blobs.store.remove(["jobs/none/1/x", "jobs/a"]);
    expect(await blobs.store.stat("jobs/a/1/empty")).not.toBeNull();
  });

  test("list gives the blobs below a prefix and no others; removed ones are gone", async () => {
    const keys = Array.from({ length: 25 }, (_, index) => `list/job_1/${index % 3}/art_${index}.mp4`);
    for (const key of [...keys, "list/job_10/1/art.mp4", "listed"]) await put(key, new Uint8Array([1]));
    expect(await keysUnder("list/job_1/")).toEqual([...keys].sort());
    expect(await keysUnder("list/")).toHaveLength(26);
    expect(await keysUnder("")).toContain("listed");
    expect(await keysUnder("nowhere/")).toEqual([]);
    await blobs.store.remove(await keysUnder("list/job_1/"));
    expect(await keysUnder("list/")).toEqual(["list/job_10/1/art.mp4"]);
  });

  test.each(["", "../x", "a/../../x", "/etc/passwd", "a//b", ".tmp/x", "a\\b", "a\u0000b", "a/", "ä"])(
    "the key %j is refused everywhere",
    async (key) => {
      const refused = { code: "invalid_request" };
      await expect(put(key, new Uint8Array([1]))).rejects.toMatchObject(refused);
      await expect(blobs.store.open(key)).rejects.toMatchObject(refused);
      await expect(blobs.store.stat(key)).rejects.toMatchObject(refused);
      await expect(blobs.store.remove([key])).rejects.toMatchObject(refused);
      await expect(blobs.store.link(key, { fileName: "x", contentType, expiresInSeconds: 60 })).rejects.toMatchObject(
        refused,
      );
    },
  );

  test("a prefix that leads elsewhere is refused", async () => {
    for (const prefix of ["../", "/", "list", "a//"]) {
      await expect(keysUnder(prefix)).rejects.toMatchObject({ code: "invalid_request" });
    }
  });
}
