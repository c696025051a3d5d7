export { type PoolOptions, startPool, type WorkerPool } from "./pool.ts";
export { startWorker, type Worker, type WorkerOptions } from "./worker.ts";
