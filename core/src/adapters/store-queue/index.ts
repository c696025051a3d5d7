export { type StoreQueueOptions, storeQueue } from "./queue.ts";
