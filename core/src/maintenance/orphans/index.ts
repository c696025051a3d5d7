export { deleteFiles, endUploads } from "./delete-strays.ts";
export { exceedsShare, lookThroughStorage, type StorageLook, type StrayFile } from "./look-through-storage.ts";
export { type Ownership, ownerOf, type Place, storagePlace, workFoldersPlace } from "./ownership.ts";
export { type PlaceWatch, watchPlace, whyHeldBack } from "./place-watch.ts";
export { createOrphanSearch, type OrphanSearch, type OrphanSearchOptions, sightingsApartMs } from "./search-orphans.ts";
export { createFolderSweep, type FolderSweep, type FolderSweepOptions } from "./sweep-work-folders.ts";
