export type { DatabaseCopies, DatabaseKind } from "./database-copies.ts";
export { type BackupOptions, type BackupReport, makeBackup } from "./make-backup.ts";
export { listManifests, type Manifest, manifestPrefix, readManifest } from "./manifest.ts";
export type { BackupProgress } from "./progress.ts";
export { type RestoreOptions, type RestoreReport, restoreBackup } from "./restore-backup.ts";
