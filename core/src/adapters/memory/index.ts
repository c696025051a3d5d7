export { createMemoryBlobStore, type MemoryBlobStoreOptions } from "./blob-store.ts";
export { type MemoryStoreOptions, memoryStore } from "./database.ts";
export { type MemoryEventLogOptions, memoryEventLog } from "./event-log.ts";
export { memoryRateCounter } from "./rate-counter.ts";
export { memorySignals } from "./signals.ts";
