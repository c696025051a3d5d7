export { type SqsHintQueueOptions, sqsHintQueue } from "./hint-queue.ts";
export { parseQueueUrl, type QueueLocation } from "./queue-url.ts";
