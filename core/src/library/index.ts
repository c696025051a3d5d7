export * from "./artifact.ts";
export * from "./artifacts.ts";
export * from "./blob-store.ts";
export * from "./blobs.ts";
export * from "./content-disposition.ts";
export * from "./deployment-mark.ts";
export * from "./file-name.ts";
export { artifactOf, fileLink, type OpenedFile, openFile, type RequestedRange } from "./read-file.ts";
export { deleteReleasedFiles, releaseFiles } from "./release-files.ts";
