import { findPgBouncer } from "./pgbouncer.ts";
import { findPostgres, startPostgres } from "./postgres.ts";
import { findRedis, startRedis } from "./redis.ts";
import { findS3, startS3 } from "./s3.ts";
import type { ServiceName, TestService } from "./service.ts";

interface ServiceEntry {
  /** Environment variable in which bin/test passes the URL of a server that it started. */
  readonly variable: string;
  readonly find: () => string | undefined;
  /** Absent for a proxy of another server, which each test starts itself. */
  readonly start?: () => Promise<TestService>;
}

/** Every service by its name. */
export const services: Readonly<Record<ServiceName, ServiceEntry>> = {
  postgres: { variable: "TEST_DATABASE_URL", find: findPostgres, start: startPostgres },
  pgbouncer: { variable: "TEST_PGBOUNCER_URL", find: findPgBouncer },
  redis: { variable: "TEST_REDIS_URL", find: findRedis, start: startRedis },
  s3: { variable: "TEST_S3_ENDPOINT", find: findS3, start: startS3 },
};

const started = new Map<ServiceName, Promise<TestService>>();

/**
 * The address of a service: the one of the whole test run when bin/test started it, else one started for this process,
 * which ends with the process. It is shared: a test makes a database, a key prefix or a bucket of its own on it, and
 * whoever flushes, fills or restarts a server starts one with `startPostgres`, `startRedis` or `startS3`.
 * @throws Error when the service is not installed or does not start.
 */
export async function useService(name: ServiceName): Promise<string> {
  const entry = services[name];
  const given = process.env[entry.variable];
  if (given !== undefined && given !== "") return given;
  let service = started.get(name);
  if (service === undefined) {
    if (entry.start === undefined) throw new Error(`${name} is started by the test that needs it`);
    service = entry.start();
    started.set(name, service);
  }
  return (await service).url;
}

/**
 * Why tests against a service cannot run here, or undefined when they can. For `describe.skipIf(missingService("redis") !== undefined)`;
 * the title of such a suite names the service, so that bin/test can tell its skips from forgotten ones.
 */
export function missingService(name: ServiceName): string | undefined {
  const entry = services[name];
  if ((process.env[entry.variable] ?? "") !== "" || entry.find() !== undefined) return undefined;
  return `${name} is not installed on this machine`;
}
