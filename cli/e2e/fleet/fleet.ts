import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { postgresStore } from "@vidferry/core/postgres";
import {
  eventually,
  findTools,
  type MediaOrigin,
  startMediaOrigin,
  startYouTubeDouble,
  tempDir,
  type YouTubeDouble,
  type YouTubeDoubleOptions,
} from "@vidferry/testing";
import { testS3Credentials } from "@vidferry/testing/services";
import { processesIn } from "../processes.ts";
import { type RoleOptions, type RoleProcess, spawnRole, startRole } from "./role-process.ts";

/** Addresses of the servers that a fleet stands on; it has the database, the Redis and the bucket for itself. */
export interface FleetServices {
  readonly databaseUrl: string;
  /** Empty: none. */
  readonly redisUrl: string;
  readonly storageUrl: string;
  /** Absent: none. */
  readonly queueUrl?: string;
}

/** What a fleet is made of. */
export interface FleetOptions extends FleetServices {
  /** Added to the environment of every process. */
  readonly env?: Readonly<Record<string, string>>;
  readonly youtube?: YouTubeDoubleOptions;
}

/** Processes of the service on shared servers, with sources that they can reach. */
export interface Fleet extends AsyncDisposable {
  readonly youtube: YouTubeDouble;
  readonly origin: MediaOrigin;
  /** Everything the processes write to disk lies below it. */
  readonly home: string;
  /** Environment of every process. */
  readonly env: Readonly<Record<string, string>>;
  /** Starts an API and waits until it listens. */
  api(options?: Partial<RoleOptions>): Promise<RoleProcess>;
  /** Starts a worker of the machine of this name: its own name and its own disk. Workers of one name share both. */
  worker(machine: string, options?: Partial<RoleOptions>): Promise<RoleProcess>;
  /** Starts an API without waiting for it. */
  spawnApi(env?: Readonly<Record<string, string>>): Omit<RoleProcess, "url">;
}

/** Brings the database to this version and starts the sources; processes are started one by one. */
export async function startFleet(options: FleetOptions): Promise<Fleet> {
  const dir = await tempDir("vidferry-fleet");
  const origin = await startMediaOrigin();
  const sourceHost = `127.0.0.1:${origin.port}`;
  const youtube = await startYouTubeDouble({ ...options.youtube, directHosts: [sourceHost] });
  const tools = findTools();
  const processes = new Set<Pick<RoleProcess, "signal">>();
  const env = {
    PATH: process.env["PATH"] ?? "",
    // Bun keeps its cache of translated modules there; starts are slow without it.
    HOME: process.env["HOME"] ?? dir.path,
    TMPDIR: dir.path,
    // Each job is work, also one for the same video.
    REUSE: "off",
    PORT: "0",
    DATABASE_URL: options.databaseUrl,
    REDIS_URL: options.redisUrl,
    QUEUE_URL: options.queueUrl ?? "",
    STORAGE_URL: options.storageUrl,
    AWS_ACCESS_KEY_ID: testS3Credentials.accessKeyId,
    AWS_SECRET_ACCESS_KEY: testS3Credentials.secretAccessKey,
    PROXY_URL: youtube.proxyUrl,
    CA_FILE: youtube.caFile,
    ALLOWED_HOSTS: "*",
    ALLOW_PRIVATE_HOSTS: sourceHost,
    MIN_FREE_BYTES: "1MiB",
    VIDFERRY_YTDLP: tools.ytDlp,
    VIDFERRY_FFMPEG: tools.ffmpeg,
    VIDFERRY_FFPROBE: tools.ffprobe,
    VIDFERRY_JS_RUNTIME: tools.jsRuntime,
    ...options.env,
  };
  const settings = (role: Partial<RoleOptions> | undefined, own: Readonly<Record<string, string>>): RoleOptions => ({
    cwd: dir.path,
    ...role,
    env: { ...env, ...own, ...role?.env },
  });
  const keep = <T extends Pick<RoleProcess, "signal">>(started: T): T => {
    processes.add(started);
    return started;
  };

  const dispose = async () => {
    for (const started of processes) started.signal("SIGKILL");
    // The system is asked, not the runtime: what a killed worker has started ends a little later, and would write into the folder.
    await eventually(() => processesIn(dir.path).length === 0, {
      message: "the end of every process",
    });
    await Promise.all([youtube.stop(), origin.stop()]);
    await dir[Symbol.asyncDispose]();
  };
  const store = postgresStore({ url: options.databaseUrl });
  try {
    await store.migrate();
  } catch (cause) {
    await dispose();
    throw new Error("the database could not be brought to this version", { cause });
  } finally {
    await store.close();
  }
  return {
    youtube,
    origin,
    home: dir.path,
    env,
    api: async (role) => keep(await startRole("api", settings(role, {}))),
    spawnApi: (own = {}) => keep(spawnRole("api", settings(undefined, own))),
    worker: async (machine, role) => {
      const disk = join(dir.path, machine);
      await mkdir(disk, { recursive: true });
      return keep(await startRole("worker", settings(role, { MACHINE_NAME: machine, WORK_DIR: disk })));
    },
    [Symbol.asyncDispose]: dispose,
  };
}
