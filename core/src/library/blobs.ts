/** What the database knows of stored files. The bytes themselves are in the {@link import("./blob-store.ts").BlobStore}. */
export interface Blobs {
  /** Which of these keys have a blob, whoever names it. */
  known(keys: readonly string[]): Promise<ReadonlySet<string>>;
  /** How many artifacts name it. */
  references(key: string): Promise<number>;
  /**
   * Forgets those of these blobs that no artifact names, and returns their keys: from then on nobody can name them, and their
   * files may go. Part of the transaction that took the artifacts away.
   */
  release(keys: readonly string[]): Promise<readonly string[]>;
  /** Blobs that no artifact names, up to `limit`, and are at least so old: left by a version that knew no outbox. */
  listUnreferenced(limit: number, olderThanMs: number): Promise<readonly string[]>;
}
