export { type MemoryEventLogOptions, memoryEventLog } from "./event-log.ts";
export { createMemoryJobStore, type MemoryJobStoreOptions } from "./job-store.ts";
