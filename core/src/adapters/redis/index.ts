export { type RedisEventLogOptions, redisEventLog } from "./event-log.ts";
export { type RedisHub, type RedisHubOptions, redisHub } from "./hub.ts";
export { type RedisProbeRelayOptions, redisProbeRelay } from "./probe-relay.ts";
export { type RedisQueueOptions, redisQueue } from "./queue.ts";
