import { startTcpProxy, type TcpProxy } from "@vidferry/testing";
import { startPostgres, startRedis, startS3, type TestService } from "@vidferry/testing/services";
import { makeBucket } from "../../cli/e2e/fleet/servers.ts";
import { type FaultyStorage, startFaultyStorage } from "./faulty-storage.ts";

/** A way from one half of the fleet to the shared servers, which can break for this half alone. */
export interface Route {
  readonly name: string;
  readonly postgres: TcpProxy;
  readonly redis: TcpProxy;
  /** What the processes on this route are told. */
  readonly env: Readonly<Record<string, string>>;
}

/** The servers of a chaos run: real ones, that nobody else uses. */
export interface ChaosServers extends AsyncDisposable {
  readonly postgres: TestService;
  readonly redis: TestService;
  readonly storage: FaultyStorage;
  readonly storageUrl: string;
  /** Straight to the S3 server, past its faults. */
  readonly s3Endpoint: string;
  readonly routes: readonly Route[];
}

/** Starts them. A crash of PostgreSQL must not forget what it has promised, so commits are written before they are answered. */
export async function startChaosServers(): Promise<ChaosServers> {
  await using stack = new AsyncDisposableStack();
  const postgres = stack.use(
    await startPostgres({ args: ["-c", "synchronous_commit=on", "-c", "full_page_writes=on"] }),
  );
  const redis = stack.use(await startRedis());
  const s3 = stack.use(await startS3());
  const storage = stack.use(startFaultyStorage(s3.url));
  const direct = await makeBucket(s3.url);
  const storageUrl = direct.replace(s3.url, storage.url);
  const routes: Route[] = [];
  for (const name of ["a", "b"]) {
    const toPostgres = stack.use(await startTcpProxy({ port: postgres.port }));
    const toRedis = stack.use(await startTcpProxy({ port: redis.port }));
    routes.push({
      name,
      postgres: toPostgres,
      redis: toRedis,
      env: {
        DATABASE_URL: postgres.url.replace(`:${postgres.port}/`, `:${toPostgres.port}/`),
        REDIS_URL: redis.url.replace(`:${redis.port}`, `:${toRedis.port}`),
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
