export { type StoreHintQueueOptions, storeHintQueue } from "./hint-queue.ts";
