/**
 * What the outside sees of Vidferry, as types, schemas and plain functions: for programs that speak of jobs without running
 * any. Loads zod and nothing else.
 * @module
 */
export * from "./batches/batch.ts";
export * from "./batches/batch-request.ts";
export * from "./batches/resource.ts";
export * from "./errors/index.ts";
export * from "./jobs/events.ts";
export * from "./jobs/job.ts";
export * from "./jobs/media.ts";
export * from "./jobs/read-request.ts";
export * from "./jobs/request.ts";
export * from "./jobs/request-values.ts";
export * from "./jobs/resource.ts";
export * from "./jobs/states.ts";
export * from "./library/artifact.ts";
export * from "./library/content-disposition.ts";
export * from "./library/file-name.ts";
export * from "./runtime/ids.ts";
export * from "./sources/source-url.ts";
