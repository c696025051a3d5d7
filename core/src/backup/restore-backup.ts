import { AppError } from "../errors/app-error.ts";
import type { BlobStore } from "../library/blob-store.ts";
import type { DatabaseCopies } from "./database-copies.ts";
import { filesPrefix, readLists } from "./file-list.ts";
import { type ListedFile, listManifests, type Manifest, readManifest } from "./manifest.ts";
import type { BackupProgress } from "./progress.ts";

/** What is put back, and where. */
export interface RestoreOptions {
  /** Where the backups are. */
  readonly source: BlobStore;
  /** Key of a manifest; the newest backup without it. */
  readonly key?: string;
  readonly copies: DatabaseCopies;
  /** Where the files go; null: the database alone. */
  readonly blobs: BlobStore | null;
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: BackupProgress) => void;
}

/** What became of it. */
export interface RestoreReport {
  readonly key: string;
  readonly manifest: Manifest;
  readonly files: number;
  readonly copiedBytes: number;
  /** Keys of files that the backup lists and does not have as they were stored. Their jobs are there without them. */
  readonly damaged: readonly string[];
}

/**
 * Puts a backup back where there is nothing: into a storage that is empty or this deployment's, and into a database that does
 * not exist. The database comes last: until then nothing has happened, and the same restore goes on where it was interrupted.
 */
export async function restoreBackup(options: RestoreOptions): Promise<RestoreReport> {
  const { source, copies, blobs, signal, onProgress } = options;
  const key = options.key ?? (await listManifests(source)).at(-1);
  if (key === undefined) throw new AppError("not_found", "There is no backup in this place.");
  const manifest = await readManifest(source, key);
  refuseOther(manifest, copies);
  await copies.refuseExisting(signal);
  const report = { files: 0, copiedBytes: 0, damaged: [] as string[] };
  if (blobs !== null && manifest.files !== null) {
    await claimStorage(blobs, manifest);
    for await (const file of readLists(source, manifest.files.lists, signal)) {
      const copied = await putBack(source, blobs, file, signal);
      if (copied === null) report.damaged.push(file.key);
      report.files += 1;
      report.copiedBytes += copied ?? 0;
      onProgress?.({ step: "files", files: report.files, copiedBytes: report.copiedBytes });
    }
  }
  onProgress?.({ step: "database", files: report.files, copiedBytes: report.copiedBytes });
  const copy = await source.open(manifest.database.key, undefined, signal);
  if (copy === null) throw new AppError("storage_error", `The backup ${key} has lost its copy of the database.`);
  await copies.restore(copy.body, manifest.database.sha256, signal);
  return { key, manifest, ...report };
}

function refuseOther({ database, version }: Manifest, copies: DatabaseCopies): void {
  if (database.kind !== copies.kind) {
    const detail = `The backup is of a database of the kind ${database.kind}, and DATABASE_URL names one of the kind ${copies.kind}.`;
    throw new AppError("invalid_state", detail, {
      hint: `Set DATABASE_URL to a new database of the kind ${database.kind}.`,
    });
  }
  if (database.schemaVersion <= copies.schemaVersion) return;
  throw new AppError("invalid_state", `The backup was made by a newer version of Vidferry (${version}).`, {
    hint: `Restore it with Vidferry ${version} or later.`,
  });
}

/** The storage must be this deployment's, or empty: the files of another would be taken for orphans. */
async function claimStorage(blobs: BlobStore, { deployment }: Manifest): Promise<void> {
  const mark = await blobs.mark.read();
  if (mark === deployment) return;
  const hint = "Give STORAGE_URL an empty place, or restore the database alone with --no-files.";
  if (mark !== null)
    throw new AppError("invalid_state", `The storage belongs to another deployment (${mark}).`, { hint });
  for await (const { key } of blobs.list("")) {
    throw new AppError("invalid_state", `The storage is not empty: it has ${key}.`, { hint });
  }
  await blobs.mark.claim(deployment);
}

/** The bytes that had to be copied; null when the backup does not have the file as it was stored. */
async function putBack(
  source: BlobStore,
  blobs: BlobStore,
  { key, bytes, sha256 }: ListedFile,
  signal: AbortSignal | undefined,
): Promise<number | null> {
  if ((await blobs.stat(key))?.bytes === bytes) return 0;
  const file = await source.open(`${filesPrefix}${key}`, undefined, signal);
  if (file === null) return null;
  const stored = await blobs.put(
    key,
    { kind: "stream", stream: file.body },
    { contentType: "application/octet-stream", ...(signal && { signal }) },
  );
  if (stored.sha256 === sha256) return stored.bytes;
  await blobs.remove([key]);
  return null;
}
