import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { blobStoreConformance, streamOf } from "@vidferry/testing/conformance";
import { createMemoryBlobStore } from "./blob-store.ts";

blobStoreConformance({
  describe,
  test,
  expect,
  beforeAll,
  afterAll,
  name: "memory",
  create: async () => ({
    store: createMemoryBlobStore(),
    [Symbol.asyncDispose]: async () => undefined,
  }),
});

test("a memory store with a capacity refuses what is beyond it, and takes it once there is room", async () => {
  const store = createMemoryBlobStore({ capacityBytes: 10 });
  const put = (key: string, bytes: number) =>
    store.put(key, { kind: "stream", stream: streamOf(new Uint8Array(bytes)) }, { contentType: "text/plain" });
  await put("a", 6);
  await expect(put("b", 5)).rejects.toMatchObject({ code: "storage_full" });
  await put("a", 10);
  await store.remove(["a"]);
  expect(await put("b", 5)).toMatchObject({ bytes: 5 });
});
