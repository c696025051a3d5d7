import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { eventually, freePort, type TempDir, tempDir } from "@vidferry/testing";
import {
  createMigratedDatabase,
  createTestDatabase,
  startRedis,
  testS3Credentials,
  useService,
} from "@vidferry/testing/services";
import postgres from "postgres";
import { type RoleProcess, spawnRole } from "./fleet/role-process.ts";
import { type FleetServers, fleetServers, missingServers } from "./fleet/servers.ts";

const testMs = 180_000;

/** Of the server for S3, which speaks SQS too. */
const endpointOf = (storageUrl: string): string => new URL(storageUrl).searchParams.get("endpoint") ?? "";

describe.skipIf(missingServers() !== undefined)("settings of an API on postgres, redis and s3", () => {
  let dir: TempDir;
  let servers: FleetServers;
  const open: AsyncDisposable[] = [];
  const spawn = (role: "api" | "migrate", env: Readonly<Record<string, string>> = {}): Omit<RoleProcess, "url"> => {
    const started = spawnRole(role, {
      cwd: dir.path,
      env: {
        PATH: process.env["PATH"] ?? "",
        HOME: dir.path,
        PORT: "0",
        DATABASE_URL: servers.databaseUrl,
        REDIS_URL: servers.redisUrl,
        STORAGE_URL: servers.storageUrl,
        AWS_ACCESS_KEY_ID: testS3Credentials.accessKeyId,
        AWS_SECRET_ACCESS_KEY: testS3Credentials.secretAccessKey,
        ...env,
      },
    });
    open.push(started);
    return started;
  };
  const listening = (started: Omit<RoleProcess, "url">) =>
    eventually(() => /API +(http:\S+)\/api\/v1/.exec(started.output())?.[1], {
      message: "an API that listens",
    }).catch((error: unknown) => {
      throw new Error(started.output(), { cause: error });
    });

  beforeAll(async () => {
    [dir, servers] = await Promise.all([tempDir("vidferry-settings"), fleetServers()]);
  }, testMs);
  afterAll(async () => {
    for (const started of open) await started[Symbol.asyncDispose]();
    await servers?.[Symbol.asyncDispose]();
    await dir?.[Symbol.asyncDispose]();
  });

  const databaseWith = (change: (url: URL) => void): string => {
    const url = new URL(servers.databaseUrl);
    change(url);
    return url.href;
  };
  const never: readonly (readonly [string, () => Readonly<Record<string, string>>, RegExp])[] = [
    [
      "a scheme that is no database",
      () => ({ DATABASE_URL: "mysql://db/vidferry" }),
      /DATABASE_URL: expected sqlite:PATH or postgres:/,
    ],
    [
      "a database that does not exist",
      () => ({ DATABASE_URL: databaseWith((url) => (url.pathname = "/nowhere")) }),
      /DATABASE_URL: The database named in the URL does not exist/,
    ],
    [
      "a user that the database refuses",
      () => ({ DATABASE_URL: databaseWith((url) => (url.username = "nobody_at_all")) }),
      /DATABASE_URL: The database refuses the user or the password/,
    ],
    [
      "a database to listen to that does not exist",
      () => ({ REDIS_URL: "", DATABASE_LISTEN_URL: databaseWith((url) => (url.pathname = "/nowhere")) }),
      /DATABASE_LISTEN_URL: The database named in the URL does not exist/,
    ],
    [
      "a scheme that is no Redis",
      () => ({ REDIS_URL: "http://127.0.0.1:6379" }),
      /REDIS_URL: expected redis:\/\/… or rediss:\/\/…/,
    ],
    [
      "a password that Redis refuses",
      () => ({ REDIS_URL: servers.redisUrl.replace("redis://", "redis://somebody:s3cret-word@") }),
      /REDIS_URL: Redis refuses the user or the password/,
    ],
    [
      "an address that is no queue",
      () => ({ QUEUE_URL: "https://sqs.eu-west-1.amazonaws.com/vidferry" }),
      /QUEUE_URL: The address of the queue must end with an account and the name of a queue/,
    ],
    [
      "a queue that does not exist",
      () => ({ QUEUE_URL: `${endpointOf(servers.storageUrl)}/123456789012/no-such-queue` }),
      /QUEUE_URL: Looking at the queue no-such-queue\S* failed: it does not exist\. Create it, or correct QUEUE_URL/,
    ],
    [
      "a storage URL with a typing mistake",
      () => ({ STORAGE_URL: `${servers.storageUrl}&pathstyle=true` }),
      /STORAGE_URL: The storage URL has the unknown parameter "pathstyle"/,
    ],
    [
      "a bucket that does not exist",
      () => ({ STORAGE_URL: servers.storageUrl.replace("s3://", "s3://no-such-") }),
      /STORAGE_URL: .*the bucket no-such-\S+ does not exist.*Create the bucket/,
    ],
  ];
  test.each(never)(
    "%s ends the start with exit code 78, and is named",
    async (_, env, message) => {
      const api = spawn("api", env());
      expect({ code: await api.ended, output: api.output() }).toEqual({
        code: 78,
        output: expect.stringMatching(message),
      });
      expect(api.output()).not.toContain("s3cret-word");
    },
    testMs,
  );

  test(
    "a bucket that refuses its keys is named",
    async () => {
      const denying = Bun.serve({
        port: 0,
        hostname: "127.0.0.1",
        fetch: () =>
          new Response("<Error><Code>AccessDenied</Code><Message>no</Message></Error>", {
            status: 403,
            headers: { "content-type": "application/xml" },
          }),
      });
      try {
        const endpoint = `http://127.0.0.1:${denying.port}`;
        const api = spawn("api", { STORAGE_URL: `s3://closed-bucket?endpoint=${endpoint}` });
        expect(await api.ended).toBe(78);
        expect(api.output()).toMatch(
          /STORAGE_URL: .*access to the bucket closed-bucket was refused.*AWS_ACCESS_KEY_ID/,
        );
      } finally {
        await denying.stop(true);
      }
    },
    testMs,
  );

  test(
    "a schema newer than the code is refused by the API and by migrate",
    async () => {
      await using other = await createMigratedDatabase(await useService("postgres"));
      const env = { DATABASE_URL: other.url };
      const sql = postgres(other.url, { max: 1 });
      await sql`insert into vidferry.vidferry_migrations (version, hash) values (99999999999999, 'of tomorrow')`;
      await sql.end();
      for (const role of ["api", "migrate"] as const) {
        const started = spawn(role, env);
        expect(await started.ended).toBe(78);
        expect(started.output()).toMatch(/schema is newer than this version of Vidferry/);
      }
    },
    testMs,
  );

  test(
    "an API waits for a database that comes late, and for its schema",
    async () => {
      await using other = await createTestDatabase(await useService("postgres"));
      const api = spawn("api", { DATABASE_URL: other.url });
      await eventually(() => /"variable":"DATABASE_URL".*schema is older.*vidferry migrate/.test(api.output()));
      expect(await spawn("migrate", { DATABASE_URL: other.url }).ended).toBe(0);
      const url = await listening(api);
      await eventually(async () => (await fetch(`${url}/readyz`)).status === 200);

      const away = spawn("api", { DATABASE_URL: `postgres://somebody:s3cret-word@127.0.0.1:${await freePort()}/x` });
      await eventually(() => /"variable":"DATABASE_URL".*cannot be reached/.test(away.output()));
      expect(away.hasEnded()).toBe(false);
      expect(away.output()).not.toContain("s3cret-word");
      expect(await away.end("SIGTERM")).toBe(130);
    },
    testMs,
  );

  test(
    "an API starts without a Redis that comes late, says so, and recovers when it is there",
    async () => {
      const port = await freePort();
      const api = spawn("api", { REDIS_URL: `redis://127.0.0.1:${port}` });
      const url = await listening(api);
      expect(api.output()).toMatch(/"variable":"REDIS_URL"/);
      const failing = async () => {
        const health = (await (await fetch(`${url}/health/detailed`)).json()) as {
          checks: { name: string; status: string }[];
        };
        return health.checks.filter(({ status }) => status === "failed").map(({ name }) => name);
      };
      expect(await failing()).toContain("queue");
      const accepted = await fetch(`${url}/api/v1/downloads`, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify({ url: "https://www.youtube.com/watch?v=sampleVid01" }),
      });
      expect(accepted.status).toBe(202);
      await using _redis = await startRedis({ port });
      await eventually(async () => (await failing()).length === 0, { intervalMs: 200 });
    },
    testMs,
  );
});
