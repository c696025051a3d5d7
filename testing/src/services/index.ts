/**
 * Real servers for tests: PostgreSQL (also behind PgBouncer), Redis, an S3 protocol server, nginx and Prometheus, on free ports with throwaway data.
 * @module
 */
export { findNginx, startNginx } from "./nginx.ts";
export { startPgBouncer } from "./pgbouncer.ts";
export { createMigratedDatabase, createTestDatabase, startPostgres, type TestDatabase } from "./postgres.ts";
export {
  findAlertmanager,
  findPrometheus,
  findPromtool,
  startAlertmanager,
  startPrometheus,
} from "./prometheus.ts";
export { startRedis } from "./redis.ts";
export { startS3, testS3Credentials } from "./s3.ts";
export type { ServiceName, TestService } from "./service.ts";
export { createTestQueues, type TestQueues } from "./sqs.ts";
export { startCollector, startJaeger, type TraceSink } from "./tracing.ts";
export { missingService, services, useService } from "./use-service.ts";
