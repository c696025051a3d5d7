export { deleteFiles, endUploads } from "./delete-orphans.ts";
export { type FileLocation, type Ownership, ownerOf, storageLocation, workFoldersLocation } from "./ownership.ts";
export { monitorOwnership, type OwnershipMonitor, whyHeldBack } from "./ownership-monitor.ts";
export { exceedsShare, type OrphanedFile, type StorageScan, scanStorage } from "./scan-storage.ts";
export { createOrphanSearch, type OrphanSearch, type OrphanSearchOptions, sightingsApartMs } from "./search-orphans.ts";
export { createFolderSweep, type FolderSweep, type FolderSweepOptions } from "./sweep-work-folders.ts";
