export { type PoolOptions, startPool, type WorkerPool } from "./pool.ts";
export { type EngineWorker, runWorker, startEngineWorker, type WorkerParts, workerProgram } from "./run-worker.ts";
export { startWorker, type Worker, type WorkerOptions } from "./worker.ts";
