import type { Artifact, DownloadJob, SucceededJob } from "../types.ts";

/** Where files go: the path of a folder or of a file, or a stream such as a page has of `showSaveFilePicker`. */
export type SaveTarget = string | WritableStream<Uint8Array>;

/** How far a save is. */
export interface SaveProgress {
  readonly job: DownloadJob;
  /** The file that comes; null while the service still makes it. */
  readonly artifact: Artifact | null;
  /** Bytes of all files that are in their place, what an earlier save left there among them. */
  readonly savedBytes: number;
  /** Bytes of all files; null while the service still makes them. */
  readonly totalBytes: number | null;
}

/** How to save. */
export interface SaveOptions {
  /** Called when the job changes, and then with each piece that was written. What it throws ends the save. */
  readonly onProgress?: ((progress: SaveProgress) => void) | undefined;
  /** Ends the save; what is there of a file stays for the next one, and the job goes on. */
  readonly signal?: AbortSignal | undefined;
  /** Which files to save. Default: into a folder all of them, else the first. */
  readonly only?: ((artifact: Artifact) => boolean) | undefined;
  /** Replaces files of other content. Default: such a file ends the save with a `SaveError`. */
  readonly overwrite?: boolean | undefined;
  /** A connection without data for this long is replaced, in milliseconds. Default: 45,000. */
  readonly silenceMs?: number | undefined;
  /** How many connections in a row may bring nothing before the save rejects. Default: 10, about a minute. */
  readonly maxReconnects?: number | undefined;
  /** For links: saves with the same key make one job. Give it to go on with the same job after a restart of the program. */
  readonly idempotencyKey?: string | undefined;
}

/** What was saved. */
export interface Saved {
  readonly job: SucceededJob;
  readonly files: readonly {
    readonly artifact: Artifact;
    /** Where it is; null for a stream. */
    readonly path: string | null;
  }[];
}
