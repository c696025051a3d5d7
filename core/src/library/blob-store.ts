import type { DeploymentMark } from "./deployment-mark.ts";

/**
 * Where the bytes of a put come from. A file may be moved instead of copied and then no longer exists. `known`: size and digest
 * that the writer of the file computed on the way and vouches for; a store that need not read the bytes itself uses them.
 */
export type BlobSource =
  | { readonly kind: "file"; readonly path: string; readonly known?: StoredBlob | undefined }
  | { readonly kind: "stream"; readonly stream: ReadableStream<Uint8Array> };

export interface PutOptions {
  readonly contentType: string;
  readonly signal?: AbortSignal;
  /** Called with the bytes written so far. */
  readonly onProgress?: (bytes: number) => void;
}

/** A put that has not ended: under way, or abandoned by a process that died. */
export interface UnfinishedUpload {
  /** Key that its blob would get; null when the store cannot tell. */
  readonly key: string | null;
  /** Distinguishes uploads of the same key; opaque to everything but the store. */
  readonly id: string;
  /** When it was begun or last written to, as far as the store knows. */
  readonly modifiedAt: Date;
}

/** What was stored. */
export interface StoredBlob {
  readonly bytes: number;
  /** Hex SHA-256 of exactly the stored bytes. */
  readonly sha256: string;
}

export interface BlobInfo {
  readonly key: string;
  readonly bytes: number;
  readonly modifiedAt: Date;
}

export interface OpenBlob extends BlobInfo {
  /** The bytes; canceling it frees the file or connection. */
  readonly body: ReadableStream<Uint8Array>;
}

export interface LinkOptions {
  readonly fileName: string;
  readonly contentType: string;
  readonly expiresInSeconds: number;
}

/**
 * Keeps result files under keys like `jobs/job_…/1/art_….mp4`: segments of letters, digits, `_`, `-`, `.`; never `..` or empty.
 * A key that breaks this rejects with `invalid_request`.
 * Promised: a put is all or nothing (a crash leaves no blob under the key); memory use does not grow with the size.
 * Rejects with `storage_error`, or `storage_full` when there is no room.
 */
export interface BlobStore {
  /** Which deployment these blobs belong to. */
  readonly mark: DeploymentMark;
  put(key: string, source: BlobSource, options: PutOptions): Promise<StoredBlob>;
  /**
   * Null when there is none. A range includes both its ends; `end` is cut to the size. Rejects with
   * `range_not_satisfiable` when it starts behind the last byte.
   */
  open(
    key: string,
    range?: { readonly start: number; readonly end?: number },
    signal?: AbortSignal,
  ): Promise<OpenBlob | null>;
  /** Null when there is none. */
  stat(key: string): Promise<BlobInfo | null>;
  /** Deletes these keys; missing ones are ignored. */
  remove(keys: readonly string[]): Promise<void>;
  /** All blobs whose key starts with the prefix (ending in `/`, or empty for all), in no order, page by page. */
  list(prefix: string): AsyncIterable<BlobInfo>;
  /** Unfinished puts whose key starts with the prefix (see {@link list}); also those of ours whose key is unknown. */
  listUploads(prefix: string): AsyncIterable<UnfinishedUpload>;
  /** Aborts one of them and frees its space; one that has ended is ignored. */
  abortUpload(upload: UnfinishedUpload): Promise<void>;
  /** A signed URL that bypasses the service until it expires, or null when the store cannot make one. */
  link(key: string, options: LinkOptions): Promise<string | null>;
  /** Writes, reads and deletes a small blob; rejects when that fails. */
  check(signal?: AbortSignal): Promise<void>;
  close(): Promise<void>;
}
