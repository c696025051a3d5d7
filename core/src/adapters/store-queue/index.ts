export { type StoreHintQueueOptions, storeHintQueue, type WakeUps } from "./hint-queue.ts";
