/** A stored file, as it was when it was stored. */
export interface BlobRecord {
  readonly key: string;
  readonly bytes: number;
  /** Hex digest of the whole file. */
  readonly sha256: string;
}

/** What the database knows of stored files. The bytes themselves are in the {@link import("./blob-store.ts").BlobStore}. */
export interface Blobs {
  /** Which of these keys have a blob, referenced or not. */
  known(keys: readonly string[]): Promise<ReadonlySet<string>>;
  /** Bytes of all of them. */
  storedBytes(): Promise<number>;
  /** How many artifacts reference it. */
  references(key: string): Promise<number>;
  /**
   * Deletes the rows of those of these blobs that no artifact references, and returns their keys: they cannot be referenced
   * again, so their files may be deleted. Called in the transaction that removes the artifacts.
   */
  release(keys: readonly string[]): Promise<readonly string[]>;
  /** How many there are, referenced or not. */
  count(): Promise<number>;
  /** All blobs, referenced or not, by key: a page of those behind `after`. */
  list(after: string | null, limit: number): Promise<readonly BlobRecord[]>;
  /** Unreferenced blobs of at least this age, up to `limit`: left by a version without an outbox. */
  listUnreferenced(limit: number, olderThanMs: number): Promise<readonly string[]>;
}
