import { createHash } from "node:crypto";
import type { BlobInfo, BlobStore, StoredBlob, UnfinishedUpload } from "@vidferry/core";
import { type TempDir, tempDir } from "../../temp-dir.ts";
import type { SharingTestKit } from "../test-kit.ts";

/** A blob store under test, empty at first. */
export interface BlobStoreUnderTest extends AsyncDisposable {
  readonly store: BlobStore;
}

/** What the {@link BlobStore} suite needs. */
export interface BlobStoreSuite extends SharingTestKit {
  readonly name: string;
  /** Makes an empty store on the real backend. */
  create(): Promise<BlobStoreUnderTest>;
}

/** The store that the tests of one suite share, and short forms of its calls. */
export interface BlobFixture {
  readonly store: BlobStore;
  /** For source files. */
  readonly folder: TempDir;
  put(key: string, content: Uint8Array): Promise<StoredBlob>;
  read(key: string): Promise<Uint8Array | null>;
  keysUnder(prefix: string): Promise<string[]>;
  uploadsUnder(prefix: string): Promise<UnfinishedUpload[]>;
}

export const contentType = "application/octet-stream";
export const sha256 = (content: Uint8Array): string => createHash("sha256").update(content).digest("hex");

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

/** Opens the store before the tests of the suite and closes it after them. */
export function sharedBlobs({ beforeAll, afterAll, create }: BlobStoreSuite): BlobFixture {
  let under: BlobStoreUnderTest;
  let folder: TempDir;
  beforeAll(async () => {
    under = await create();
    folder = await tempDir("vidferry-blobs");
  });
  afterAll(async () => {
    await under?.store.close();
    await under?.[Symbol.asyncDispose]();
    await folder?.[Symbol.asyncDispose]();
  });
  return {
    get store() {
      return under.store;
    },
    get folder() {
      return folder;
    },
    put: (key, content) => under.store.put(key, { kind: "stream", stream: streamOf(content) }, { contentType }),
    async read(key) {
      const blob = await under.store.open(key);
      return blob === null ? null : await bytesOf(blob.body);
    },
    async keysUnder(prefix) {
      const found: BlobInfo[] = [];
      for await (const blob of under.store.list(prefix)) found.push(blob);
      return found.map((blob) => blob.key).sort();
    },
    async uploadsUnder(prefix) {
      const found: UnfinishedUpload[] = [];
      for await (const upload of under.store.listUploads(prefix)) found.push(upload);
      return found;
    },
  };
}
