export { type S3Access, type S3BlobsOptions, s3Blobs } from "./blob-store.ts";
export type { S3Credentials, S3Timeouts } from "./client.ts";
export type { S3Cdn } from "./link.ts";
export { parseStorageUrl, type S3Location } from "./storage-url.ts";
