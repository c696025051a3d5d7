/** The kinds of database there are. */
export type DatabaseKind = "sqlite" | "postgres";

/** Whole copies of a database, made and put back by the tools of its kind. A copy fits only a database of the same kind. */
export interface DatabaseCopies {
  readonly kind: DatabaseKind;
  /** The newest migration of this version: a copy that was made by a later one cannot be put back. */
  readonly schemaVersion: number;
  /**
   * Makes a consistent copy while others write, and hands its file to `take`, which may move it; what is left of it afterwards is
   * deleted. Rejects with `unavailable` or `tool_missing`.
   */
  copy<T>(take: (path: string) => Promise<T>, signal?: AbortSignal): Promise<T>;
  /** Rejects with `invalid_state` unless there is nothing yet where the database is to be. */
  refuseExisting(signal?: AbortSignal): Promise<void>;
  /** Puts a copy back: all of it or nothing. The digest is checked before anything is written. */
  restore(copy: ReadableStream<Uint8Array>, sha256: string, signal?: AbortSignal): Promise<void>;
}
