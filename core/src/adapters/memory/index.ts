export { createMemoryBlobStore, type MemoryBlobStoreOptions } from "./blob-store.ts";
export { type MemoryEventLogOptions, memoryEventLog } from "./event-log.ts";
export { createMemoryJobStore, type MemoryJobStoreOptions } from "./job-store.ts";
export { memorySignals } from "./signals.ts";
