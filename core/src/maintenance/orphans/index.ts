export { deleteFiles, endUploads } from "./delete-orphans.ts";
export { exceedsShare, scanStorage, type StorageScan, type OrphanedFile } from "./scan-storage.ts";
export { type Ownership, ownerOf, type FileLocation, storageLocation, workFoldersLocation } from "./ownership.ts";
export { type OwnershipMonitor, monitorOwnership, whyHeldBack } from "./ownership-monitor.ts";
export { createOrphanSearch, type OrphanSearch, type OrphanSearchOptions, sightingsApartMs } from "./search-orphans.ts";
export { createFolderSweep, type FolderSweep, type FolderSweepOptions } from "./sweep-work-folders.ts";
