import { createMigratedDatabase, missingService, startRedis, useService } from "@vidferry/testing/services";
import type { FleetServices } from "./fleet.ts";

/** Servers for one fleet of a test: an own database of this version and bucket on shared servers, and an own Redis or none. */
export interface FleetServers extends FleetServices, AsyncDisposable {}

/** Why a fleet cannot be started here, or undefined when it can. */
export function missingServers(): string | undefined {
  return missingService("postgres") ?? missingService("redis") ?? missingService("s3");
}

/** Sets up the servers of a fleet. `redisArgs` are further arguments of its Redis. */
export async function fleetServers(redisArgs: readonly string[] = []): Promise<FleetServers> {
  const [database, redis, storageUrl] = await Promise.all([
    useService("postgres").then(createMigratedDatabase),
    startRedis({ args: redisArgs }),
    useService("s3").then(makeBucket),
  ]);
  return {
    databaseUrl: database.url,
    redisUrl: redis.url,
    storageUrl,
    [Symbol.asyncDispose]: async () => {
      await redis.stop();
      await database[Symbol.asyncDispose]();
    },
  };
}

/** Servers for a fleet without a Redis: the database carries hints, signals and events too. */
export async function serversWithoutRedis(): Promise<FleetServers> {
  const [database, storageUrl] = await Promise.all([
    useService("postgres").then(createMigratedDatabase),
    useService("s3").then(makeBucket),
  ]);
  return { databaseUrl: database.url, redisUrl: "", storageUrl, [Symbol.asyncDispose]: database[Symbol.asyncDispose] };
}

/** Makes a new bucket on a server that speaks S3, and gives the storage URL of it. */
export async function makeBucket(endpoint: string): Promise<string> {
  const bucket = `fleet-${crypto.randomUUID()}`;
  const answer = await fetch(`${endpoint}/${bucket}`, { method: "PUT" });
  if (!answer.ok) throw new Error(`the bucket could not be made: ${answer.status} ${await answer.text()}`);
  return `s3://${bucket}/results?endpoint=${endpoint}&pathStyle=true`;
}
