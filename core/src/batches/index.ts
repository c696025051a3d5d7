export { announceBatch } from "./announce-batch.ts";
export * from "./archive.ts";
export * from "./batch.ts";
export * from "./batch-request.ts";
export * from "./batches.ts";
export {
  type BatchOrigin,
  type CreateBatchInput,
  createBatch,
  type PreparedBatch,
  prepareBatch,
} from "./create-batch.ts";
export { type CompilePattern, type Decision, entryFilter } from "./entry-filter.ts";
export { type ExpandOptions, expandBatch } from "./expand-batch.ts";
export { type FollowBatchOptions, followBatch } from "./follow-batch.ts";
export { cancelBatch, getBatch, removeBatch, retryBatch, settleBatches } from "./manage-batch.ts";
export { type PreviewOptions, previewList } from "./preview-list.ts";
export { type ReadOptions, type ReadPage, readPage } from "./read-page.ts";
export * from "./resource.ts";
