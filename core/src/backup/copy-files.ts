import type { Database } from "../database/database.ts";
import type { BlobStore } from "../library/blob-store.ts";
import type { BlobRecord } from "../library/blobs.ts";
import { filesPrefix } from "./file-list.ts";

/** Copies stored files into a backup, and counts them. */
export interface FileCopier {
  /** Copies every file that the database names and the target does not have; yields all that the target has then. */
  copyAll(): AsyncGenerator<BlobRecord>;
  /** The same for what was made since; yields only that. */
  copyNew(): AsyncGenerator<BlobRecord>;
  totals(): FileTotals;
}

/** What was copied. */
export interface FileTotals {
  readonly count: number;
  readonly bytes: number;
  /** Bytes that were not in the target before. */
  readonly copiedBytes: number;
  /** Keys of files that are not in the storage, or not with the bytes that were stored; the database names them. */
  readonly damaged: ReadonlySet<string>;
}

export interface FileCopierOptions {
  readonly database: Pick<Database, "blobs">;
  readonly blobs: BlobStore;
  readonly target: BlobStore;
  readonly signal?: AbortSignal;
  readonly onFile?: (totals: FileTotals) => void;
}

const pageSize = 1_000;

export function createFileCopier(options: FileCopierOptions): FileCopier {
  const { database, blobs, target, signal, onFile } = options;
  const damaged = new Set<string>();
  let [count, bytes, copiedBytes] = [0, 0, 0];
  const totals = (): FileTotals => ({ count, bytes, copiedBytes, damaged });

  const isInTarget = async (record: BlobRecord): Promise<boolean> =>
    (await target.stat(`${filesPrefix}${record.key}`))?.bytes === record.bytes;

  const copy = async (record: BlobRecord): Promise<boolean> => {
    const blob = await blobs.open(record.key, undefined, signal);
    if (blob === null) return false;
    const key = `${filesPrefix}${record.key}`;
    const stored = await target.put(
      key,
      { kind: "stream", stream: blob.body },
      { contentType: "application/octet-stream", ...(signal && { signal }) },
    );
    copiedBytes += stored.bytes;
    if (stored.sha256 === record.sha256) return true;
    await target.remove([key]);
    return false;
  };

  /** False: it is not in the storage as it was stored. Unless its job was deleted meanwhile, that is a loss to be told of. */
  const copyOrNote = async (record: BlobRecord): Promise<boolean> => {
    if (await copy(record)) return true;
    if ((await database.blobs.known([record.key])).has(record.key)) damaged.add(record.key);
    return false;
  };

  const counted = (record: BlobRecord): BlobRecord => {
    count += 1;
    bytes += record.bytes;
    onFile?.(totals());
    return record;
  };

  return {
    copyAll: async function* () {
      for await (const record of recordsOf(database, signal)) {
        if ((await isInTarget(record)) || (await copyOrNote(record))) yield counted(record);
      }
    },
    copyNew: async function* () {
      for await (const record of recordsOf(database, signal)) {
        if (damaged.has(record.key) || (await isInTarget(record))) continue;
        if (await copyOrNote(record)) yield counted(record);
      }
    },
    totals,
  };
}

async function* recordsOf({ blobs }: Pick<Database, "blobs">, signal?: AbortSignal): AsyncGenerator<BlobRecord> {
  for (let after: string | null = null; ; ) {
    signal?.throwIfAborted();
    const page: readonly BlobRecord[] = await blobs.list(after, pageSize);
    yield* page;
    after = page.at(-1)?.key ?? null;
    if (after === null) return;
  }
}
