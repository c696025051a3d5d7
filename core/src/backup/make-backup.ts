import type { Database } from "../database/database.ts";
import { AppError } from "../errors/app-error.ts";
import type { BlobStore } from "../library/blob-store.ts";
import type { Clock } from "../runtime/clock.ts";
import { createFileCopier } from "./copy-files.ts";
import type { DatabaseCopies } from "./database-copies.ts";
import { writeList } from "./file-list.ts";
import { listManifests, type Manifest, manifestKey, readManifest, stampOf, writeManifest } from "./manifest.ts";
import type { BackupProgress } from "./progress.ts";
import { pruneBackups } from "./prune-backups.ts";

/** What a backup is made of, and where it goes. */
export interface BackupOptions {
  readonly database: Database;
  readonly copies: DatabaseCopies;
  /** Where the files are; null: the database alone. */
  readonly blobs: BlobStore | null;
  readonly target: BlobStore;
  readonly clock: Clock;
  /** Of Vidferry. */
  readonly version: string;
  /** How many backups to keep in the target: older ones go, and files that none of the others names. null: all. */
  readonly keep: number | null;
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: BackupProgress) => void;
}

/** What became of a backup. */
export interface BackupReport {
  /** Key of its manifest. */
  readonly key: string;
  readonly manifest: Manifest;
  readonly copiedBytes: number;
  /** Keys of files that the database names and the storage does not have as they were stored: they are not in the backup. */
  readonly damaged: readonly string[];
}

/**
 * Copies the database and the files that it names to another place, while the service runs. Files never change, so those that
 * an earlier backup has copied are not copied again.
 *
 * The files are copied before the database and once more after it: whatever the copy of the database names is there, unless it
 * was both made and deleted meanwhile. The manifest comes last: a backup that was interrupted is none.
 */
export async function makeBackup(options: BackupOptions): Promise<BackupReport> {
  const { database, copies, blobs, target, keep, signal, onProgress } = options;
  await database.check(signal);
  const { id: deployment } = await database.deployment();
  await refuseForeign(target, deployment);
  const createdAt = options.clock.now();
  const stamp = stampOf(createdAt);
  const lists = blobs === null ? [] : [1, 2].map((pass) => `lists/${stamp}-${pass}.ndjson`);
  const [before, after] = lists;
  const copier =
    blobs === null
      ? null
      : createFileCopier({
          ...{ database, blobs, target },
          ...(signal && { signal }),
          onFile: ({ count, copiedBytes }) => onProgress?.({ step: "files", files: count, copiedBytes }),
        });

  if (copier !== null && before !== undefined) await writeList(target, before, copier.copyAll(), signal);
  const sofar = copier?.totals();
  onProgress?.({ step: "database", files: sofar?.count ?? 0, copiedBytes: sofar?.copiedBytes ?? 0 });
  const key = `databases/${stamp}.${copies.kind}`;
  const stored = await copies.copy(
    (path) =>
      target.put(key, { kind: "file", path }, { contentType: "application/octet-stream", ...(signal && { signal }) }),
    signal,
  );
  if (copier !== null && after !== undefined) await writeList(target, after, copier.copyNew(), signal);

  const totals = copier?.totals();
  const manifest: Manifest = {
    format: 1,
    createdAt: createdAt.toISOString(),
    deployment,
    version: options.version,
    database: { key, ...stored, kind: copies.kind, schemaVersion: copies.schemaVersion },
    files: totals ? { lists, count: totals.count, bytes: totals.bytes, damaged: totals.damaged.size } : null,
  };
  await writeManifest(target, manifestKey(createdAt), manifest);
  if (keep !== null) {
    onProgress?.({ step: "pruning", files: totals?.count ?? 0, copiedBytes: totals?.copiedBytes ?? 0 });
    await pruneBackups(target, keep, signal);
  }
  return {
    key: manifestKey(createdAt),
    manifest,
    copiedBytes: totals?.copiedBytes ?? 0,
    damaged: [...(totals?.damaged ?? [])],
  };
}

/** The files of two deployments in one target would be pruned by either. */
async function refuseForeign(target: BlobStore, deployment: string): Promise<void> {
  const newest = (await listManifests(target)).at(-1);
  if (newest === undefined) return;
  const { deployment: other } = await readManifest(target, newest);
  if (other === deployment) return;
  const detail = `The target has backups of another deployment (${other}); this one is ${deployment}.`;
  throw new AppError("invalid_state", detail, { hint: "Give each deployment a target of its own." });
}
