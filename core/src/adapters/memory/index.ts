export { createMemoryJobStore, type MemoryJobStoreOptions } from "./job-store.ts";
