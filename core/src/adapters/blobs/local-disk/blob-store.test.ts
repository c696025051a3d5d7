import { afterAll, beforeAll, describe, expect, spyOn, test } from "bun:test";
import { randomBytes } from "node:crypto";
import { existsSync } from "node:fs";
import { link, mkdir, open as openDevice, readdir, rm, stat, symlink, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { absenceOf, eventually, type TempDir, tempDir } from "@vidferry/testing";
import { blobStoreConformance, bytesOf, streamOf } from "@vidferry/testing/conformance";
import type { BlobStore } from "../../../library/blob-store.ts";
import { diskError } from "../../system/disk-error.ts";
import { localDiskBlobs } from "./blob-store.ts";
import { transferStream } from "./write-blob.ts";

blobStoreConformance({
  describe,
  test,
  expect,
  beforeAll,
  afterAll,
  name: "local disk",
  create: async () => {
    const folder = await tempDir("vidferry-disk");
    return {
      store: localDiskBlobs({ directory: join(folder.path, "made", "on", "demand") }),
      [Symbol.asyncDispose]: () => folder[Symbol.asyncDispose](),
    };
  },
});

describe("local disk blobs", () => {
  const options = { contentType: "video/mp4" };
  let folder: TempDir;
  let directory: string;
  let store: BlobStore;
  const openDescriptors = async () => (await readdir("/proc/self/fd")).length;

  beforeAll(async () => {
    folder = await tempDir("vidferry-disk");
    directory = join(folder.path, "blobs");
    store = localDiskBlobs({ directory });
  });
  afterAll(() => folder[Symbol.asyncDispose]());

  test("a source file on the same disk is moved, not copied, and is for this user only", async () => {
    const path = join(folder.path, "moved.mp4");
    await writeFile(path, randomBytes(100_000), { mode: 0o644 });
    const { ino } = await stat(path);
    await store.put("jobs/a/1/moved.mp4", { kind: "file", path }, options);
    const stored = await stat(join(directory, "jobs/a/1/moved.mp4"));
    expect(stored.ino).toBe(ino);
    expect(stored.mode & 0o777).toBe(0o600);
    expect((await stat(join(directory, "jobs/a"))).mode & 0o777).toBe(0o700);
    await expect(stat(path)).rejects.toMatchObject({ code: "ENOENT" });
  });

  test("a source file on a share that lets nobody change rights and times is stored all the same", async () => {
    const path = join(folder.path, "shared.mp4");
    await writeFile(path, "shared");
    const device = await openDevice(path);
    const handles = Object.getPrototypeOf(device) as typeof device;
    await device.close();
    const refusal = Object.assign(new Error("EPERM: operation not permitted"), { code: "EPERM" });
    const refusals = (["chmod", "utimes"] as const).map((name) => spyOn(handles, name).mockRejectedValue(refusal));
    try {
      await store.put("jobs/a/1/shared.mp4", { kind: "file", path }, options);
      expect(refusals.map((call) => call.mock.calls.length)).toEqual([1, 1]);
    } finally {
      for (const call of refusals) call.mockRestore();
    }
    expect(await stat(join(directory, "jobs/a/1/shared.mp4"))).toMatchObject({ size: 6 });
  });

  test("a source file with a second name is copied, so that the blob cannot be changed through it", async () => {
    const path = join(folder.path, "linked.mp4");
    await writeFile(path, "first");
    await link(path, join(folder.path, "second-name"));
    await store.put("jobs/a/1/linked.mp4", { kind: "file", path }, options);
    await writeFile(join(folder.path, "second-name"), "other");
    expect(new TextDecoder().decode(await bytesOf((await store.open("jobs/a/1/linked.mp4"))!.body))).toBe("first");
  });

  test("a source that is a symbolic link or a folder is refused", async () => {
    const secret = join(folder.path, "secret");
    await writeFile(secret, "secret");
    await symlink(secret, join(folder.path, "source-link"));
    for (const path of [join(folder.path, "source-link"), folder.path]) {
      await expect(store.put("jobs/a/1/x", { kind: "file", path }, options)).rejects.toMatchObject({
        code: "storage_error",
      });
    }
  });

  test("symbolic links inside the folder are not followed, wherever they stand", async () => {
    const outside = join(folder.path, "outside");
    await mkdir(outside);
    await writeFile(join(outside, "secret"), "secret");
    await mkdir(join(directory, "links"), { recursive: true });
    await symlink(outside, join(directory, "links", "folder"));
    await symlink(join(outside, "secret"), join(directory, "links", "file"));
    await symlink(join(folder.path, "nowhere"), join(directory, "links", "broken"));
    const refused = { code: "storage_error" };
    await expect(store.open("links/folder/secret")).rejects.toMatchObject(refused);
    await expect(store.open("links/file")).rejects.toMatchObject(refused);
    await expect(store.remove(["links/folder/secret"])).rejects.toMatchObject(refused);
    for (const key of ["links/folder/new", "links/folder/deep/new", "links/broken/new"]) {
      await expect(store.put(key, { kind: "stream", stream: streamOf() }, options)).rejects.toMatchObject(refused);
    }
    expect(await store.stat("links/file")).toBeNull();
    const listed = [];
    for await (const blob of store.list("links/")) listed.push(blob.key);
    expect(listed).toEqual([]);
    expect(await readdir(outside)).toEqual(["secret"]);
  });

  test("folders that became empty go with the last blob", async () => {
    const key = "empty/job_1/1/art.mp4";
    await store.put(key, { kind: "stream", stream: streamOf(new Uint8Array([1])) }, options);
    await store.remove([key]);
    expect(await readdir(directory)).not.toContain("empty");
  });

  test("unfinished files of a crash tell whose they are; those of before, and of keys too long for a name, only when", async () => {
    const temporary = join(directory, ".tmp");
    await rm(temporary, { recursive: true, force: true });
    const uuid = crypto.randomUUID();
    const names = [
      `jobs~a~1~x.mp4~${uuid}`,
      `other~a~1~x.mp4~${uuid}`,
      uuid,
      `~${uuid}`,
      `..~..~etc~${uuid}`,
      "notes.txt",
    ];
    await mkdir(temporary);
    for (const name of names) await writeFile(join(temporary, name), "x");
    await utimes(join(temporary, uuid), new Date(0), new Date(0));
    const listed = await Array.fromAsync(store.listUploads("jobs/"));
    const expected = [
      [uuid, null],
      [`jobs~a~1~x.mp4~${uuid}`, "jobs/a/1/x.mp4"],
      [`~${uuid}`, null],
    ];
    expect(listed.map(({ key, id }) => [id, key])).toBeArrayOfSize(3);
    expect(listed.map(({ key, id }) => [id, key])).toEqual(expect.arrayContaining(expected));
    expect(listed.find(({ id }) => id === uuid)?.modifiedAt).toEqual(new Date(0));
    for (const upload of listed) await store.abortUpload(upload);
    expect((await readdir(temporary)).toSorted()).toEqual([names[4], "notes.txt", names[1]].map(String).toSorted());
    for (const id of ["../escaped", "..", "", `../${uuid}`, "notes.txt"]) {
      const refused = store.abortUpload({ key: null, id, modifiedAt: new Date() });
      await expect(refused).rejects.toMatchObject({ code: "invalid_request" });
    }
  });

  test("the mark is one small file that only we may read, and a mark of nobody's is told as it is", async () => {
    const place = join(folder.path, "marked");
    const { mark } = localDiskBlobs({ directory: place });
    expect(await mark.read()).toBeNull();
    const id = `dep_${"1".repeat(32)}` as const;
    await mark.claim(id);
    expect(await readdir(place)).toEqual([".vidferry-deployment"]);
    const path = join(place, ".vidferry-deployment");
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    await writeFile(path, "");
    expect(await mark.read()).toBe("");
    expect(await mark.claim(id)).toBe("");
  });

  test.skipIf(!existsSync("/dev/full"))(
    `a disk without room is storage_full${absenceOf("/dev/full", existsSync("/dev/full"))}`,
    async () => {
      const full = await openDevice("/dev/full", "w");
      const write = transferStream(streamOf(new Uint8Array(10)), full, { signal: undefined, onProgress: undefined });
      const error = await write.catch((caught: unknown) => diskError(caught, "Storing a file"));
      await full.close();
      expect(error).toMatchObject({ code: "storage_full", cause: { code: "ENOSPC" } });
    },
  );

  test("no descriptor is left open by reads that end, are canceled or are aborted", async () => {
    await store.put("fds/x", { kind: "stream", stream: streamOf(randomBytes(3_000_000)) }, options);
    await bytesOf((await store.open("fds/x"))!.body);
    const before = await openDescriptors();
    for (let round = 0; round < 30; round += 1) {
      await (await store.open("fds/x"))!.body.cancel();
      const reader = (await store.open("fds/x"))!.body.getReader();
      await reader.read();
      await reader.cancel();
      const abort = new AbortController();
      await store.open("fds/x", undefined, abort.signal);
      abort.abort();
      await store.open("fds/x", { start: 9_999_999 }).catch(() => undefined);
    }
    await eventually(async () => (await openDescriptors()) <= before, { message: "all descriptors closed" });
  });

  test("a body is read no faster than it is taken", async () => {
    await store.put("slow/x", { kind: "stream", stream: streamOf(randomBytes(4_000_000)) }, options);
    const blob = (await store.open("slow/x"))!;
    const reader = blob.body.getReader();
    await reader.read();
    await writeFile(join(directory, "slow/x"), "cut while it is read");
    await expect(
      (async () => {
        while (!(await reader.read()).done);
      })(),
    ).rejects.toMatchObject({ code: "storage_error" });
  });

  test("no link can be made", async () => {
    expect(await store.link("fds/x", { fileName: "x", contentType: "video/mp4", expiresInSeconds: 60 })).toBeNull();
  });
});
