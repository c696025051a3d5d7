export { type RedisEventLogOptions, redisEventLog } from "./event-log.ts";
export { type RedisHintQueueOptions, redisHintQueue } from "./hint-queue.ts";
export { type RedisHub, type RedisHubOptions, redisHub } from "./hub.ts";
export { type RedisProbeRelayOptions, redisProbeRelay } from "./probe-relay.ts";
export { type RedisRateCounterOptions, redisRateCounter } from "./rate-counter.ts";
export { type RedisSignalsOptions, redisSignals } from "./signals.ts";
