export { type LocalDiskBlobs, type LocalDiskBlobsOptions, localDiskBlobs } from "./blob-store.ts";
export { type LocalWorkFoldersOptions, localWorkFolders } from "./work-folders.ts";
