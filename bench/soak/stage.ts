import { stat } from "node:fs/promises";
import { join } from "node:path";
import { eventually, findTools, type MediaOrigin, programFile, startMediaOrigin, tempDir } from "@vidferry/testing";
import { testS3Credentials } from "@vidferry/testing/services";
import postgres from "postgres";
import { startFleet } from "../../cli/e2e/fleet/fleet.ts";
import { type RoleProcess, startRole } from "../../cli/e2e/fleet/role-process.ts";
import { fleetServers } from "../../cli/e2e/fleet/servers.ts";
import { processesIn } from "../../cli/e2e/processes.ts";
import { filesBelow } from "../../cli/e2e/scene.ts";
import { s3Blobs } from "../../core/src/adapters/blobs/s3/index.ts";

/** A running service with the light engine, and what can be seen of it from outside. */
export interface SoakStage extends AsyncDisposable {
  /** Address of the API, without a path. */
  readonly url: string;
  readonly origin: MediaOrigin;
  /** Everything its processes write to disk lies below it. */
  readonly home: string;
  readonly roles: readonly RoleProcess[];
  /** Environment of its processes. */
  readonly env: Readonly<Record<string, string>>;
  /** Files in the work folders of jobs. */
  workFiles(): Promise<readonly string[]>;
  storageBytes(): Promise<number>;
  databaseBytes(): Promise<number>;
}

const program = (name: string) => [
  process.execPath,
  "--no-install",
  "--no-env-file",
  programFile(new URL(name, import.meta.url)),
];

/** Requests come from one client, as fast as they are answered. */
const roomy = { REQUESTS_PER_MINUTE: "0", MAX_STREAMS_PER_KEY: "500", LOG_LEVEL: "error" };

/** `vidferry serve` on SQLite and files. */
export async function startServeStage(env: Readonly<Record<string, string>>): Promise<SoakStage> {
  await using stack = new AsyncDisposableStack();
  const { path: home } = stack.use(await tempDir("vidferry-soak"));
  const origin = stack.use(await startMediaOrigin());
  const tools = findTools();
  const settings = {
    PATH: process.env["PATH"] ?? "",
    HOME: home,
    TMPDIR: home,
    // Each job is work, also one for the same video.
    REUSE: "off",
    PORT: "0",
    DATABASE_URL: `sqlite:${home}/vidferry.db`,
    STORAGE_URL: `file:${home}/files`,
    WORK_DIR: join(home, "work"),
    MIN_FREE_BYTES: "1MiB",
    ALLOWED_HOSTS: "*",
    ALLOW_PRIVATE_HOSTS: "127.0.0.1",
    VIDFERRY_YTDLP: tools.ytDlp,
    VIDFERRY_FFMPEG: tools.ffmpeg,
    VIDFERRY_FFPROBE: tools.ffprobe,
    VIDFERRY_JS_RUNTIME: tools.jsRuntime,
    ...roomy,
    ...env,
  };
  const serve = await startRole("serve", { cwd: home, env: settings, command: program("./serve-main.ts") });
  stack.defer(async () => {
    await serve.end();
    await eventually(() => processesIn(home).length === 0, { message: "the end of every process" });
  });
  const owned = stack.move();
  return {
    url: serve.url,
    origin,
    home,
    roles: [serve],
    env: settings,
    workFiles: () => filesBelow(join(home, "work/jobs")),
    // Not the mark of the deployment, which stays.
    storageBytes: async () =>
      sum(await Promise.all(["jobs", ".tmp"].map((part) => bytesOf(join(home, "files", part))))),
    databaseBytes: async () => {
      const parts = ["", "-wal"].map((suffix) => sizeOf(join(home, `vidferry.db${suffix}`)));
      return sum(await Promise.all(parts));
    },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

/** An API and a worker on PostgreSQL, Redis and S3. */
export async function startFleetStage(env: Readonly<Record<string, string>>): Promise<SoakStage> {
  await using stack = new AsyncDisposableStack();
  const servers = stack.use(await fleetServers());
  const fleet = stack.use(await startFleet({ ...servers, env: { ...roomy, ...env } }));
  const api = await fleet.api();
  const worker = await fleet.worker("one", { command: program("../chaos/worker-main.ts") });
  const blobs = s3Blobs({ url: servers.storageUrl, credentials: testS3Credentials });
  stack.defer(() => blobs.close());
  const sql = postgres(servers.databaseUrl, { max: 1, onnotice: () => undefined });
  stack.defer(() => sql.end());
  const owned = stack.move();
  return {
    url: api.url,
    origin: fleet.origin,
    home: fleet.home,
    roles: [api, worker],
    env: fleet.env,
    workFiles: () => filesBelow(join(fleet.home, "one/jobs")),
    storageBytes: async () => {
      let bytes = 0;
      for await (const blob of blobs.list("")) bytes += blob.bytes;
      return bytes;
    },
    databaseBytes: async () => {
      const [row] = await sql<{ bytes: string }[]>`select pg_database_size(current_database()) as bytes`;
      return Number(row?.bytes);
    },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

async function bytesOf(folder: string): Promise<number> {
  const files = await filesBelow(folder);
  return sum(await Promise.all(files.map((name) => sizeOf(join(folder, name)))));
}

/** Zero for a file that has gone meanwhile. */
const sizeOf = async (path: string): Promise<number> => (await stat(path).catch(() => null))?.size ?? 0;

const sum = (numbers: readonly number[]): number => numbers.reduce((total, one) => total + one, 0);
