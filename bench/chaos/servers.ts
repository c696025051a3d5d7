import { startTcpProxy, type TcpProxy } from "@vidferry/testing";
import { startPostgres, startRedis, startS3, type TestService } from "@vidferry/testing/services";
import { makeBucket } from "../../cli/e2e/fleet/servers.ts";
import { type FaultyStorage, startFaultyStorage } from "./faulty-storage.ts";

/** A network path from one half of the fleet to the shared servers, which can fail for this half alone. */
export interface Route {
  readonly name: string;
  readonly postgres: TcpProxy;
  /** Null in a run without Redis. */
  readonly redis: TcpProxy | null;
  /** Environment of the processes on this route. */
  readonly env: Readonly<Record<string, string>>;
}

/** The real servers of a chaos run, used by nothing else. */
export interface ChaosServers extends AsyncDisposable {
  readonly postgres: TestService;
  /** Null in a run without Redis. */
  readonly redis: TestService | null;
  readonly storage: FaultyStorage;
  readonly storageUrl: string;
  /** Direct URL of the S3 server, without fault injection. */
  readonly s3Endpoint: string;
  readonly routes: readonly Route[];
}

/** Starts them, with a Redis or without. PostgreSQL commits synchronously, so that a crash loses no acknowledged write. */
export async function startChaosServers(withRedis: boolean): Promise<ChaosServers> {
  await using stack = new AsyncDisposableStack();
  const postgres = stack.use(
    await startPostgres({ args: ["-c", "synchronous_commit=on", "-c", "full_page_writes=on"] }),
  );
  const redis = withRedis ? stack.use(await startRedis()) : null;
  const s3 = stack.use(await startS3());
  const storage = stack.use(startFaultyStorage(s3.url));
  const direct = await makeBucket(s3.url);
  const storageUrl = direct.replace(s3.url, storage.url);
  const routes: Route[] = [];
  for (const name of ["a", "b"]) {
    const toPostgres = stack.use(await startTcpProxy({ port: postgres.port }));
    const toRedis = redis === null ? null : stack.use(await startTcpProxy({ port: redis.port }));
    routes.push({
      name,
      postgres: toPostgres,
      redis: toRedis,
      env: {
        DATABASE_URL: postgres.url.replace(`:${postgres.port}/`, `:${toPostgres.port}/`),
        REDIS_URL: redis?.url.replace(`:${redis.port}`, `:${toRedis?.port}`) ?? "",
        STORAGE_URL: storageUrl,
      },
    });
  }
  const owned = stack.move();
  return {
    postgres,
    redis,
    storage,
    storageUrl: direct,
    s3Endpoint: s3.url,
    routes,
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}
