import { spawnSync } from "node:child_process";
import { chown, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import postgres from "postgres";
import { freePort } from "../free-port.ts";
import { findProgram } from "./find-program.ts";
import { startManagedService } from "./managed-service.ts";
import type { TestService } from "./service.ts";
import { unprivilegedUser } from "./unprivileged-user.ts";

const places = [
  "/usr/lib/postgresql/*/bin",
  "/usr/pgsql-*/bin",
  "/opt/homebrew/opt/postgresql@*/bin",
  "/usr/local/opt/postgresql@*/bin",
];

/** The `postgres` program, or undefined where PostgreSQL is not installed. */
export function findPostgres(): string | undefined {
  return findProgram("postgres", places);
}

/**
 * Starts a PostgreSQL of its own, empty, on a free port, with throwaway data. `url` names a superuser and the database `postgres`.
 * PostgreSQL refuses to run as root; there it runs as `postgres` or `nobody`.
 * @throws Error when PostgreSQL is not installed or does not start.
 */
export async function startPostgres(options: { readonly args?: readonly string[] } = {}): Promise<TestService> {
  const program = findPostgres();
  if (program === undefined) throw new Error("PostgreSQL is not installed; bin/test installs what it can");
  const user = unprivilegedUser();
  const dataDir = await mkdtemp(join(tmpdir(), "vidferry-postgres-"));
  try {
    if (user !== undefined) await chown(dataDir, user.uid, user.gid);
    initialise(join(dirname(program), "initdb"), dataDir, user);
  } catch (error) {
    await rm(dataDir, { recursive: true, force: true });
    throw error;
  }
  const port = await freePort();
  const url = `postgres://vidferry@127.0.0.1:${port}/postgres`;
  const settings = [
    "listen_addresses=127.0.0.1",
    "unix_socket_directories=",
    "max_connections=300",
    // Throwaway data: a crash of the machine may lose it.
    "fsync=off",
    "synchronous_commit=off",
    "full_page_writes=off",
    "wal_level=minimal",
    "max_wal_senders=0",
    "jit=off",
  ];
  return startManagedService(
    url,
    port,
    {
      name: "PostgreSQL",
      program,
      args: [
        "-D",
        dataDir,
        "-p",
        String(port),
        ...settings.flatMap((setting) => ["-c", setting]),
        ...(options.args ?? []),
      ],
      ...(user === undefined ? {} : { user }),
      stopSignal: "SIGQUIT",
      isReady: () => answers(url),
      dataDir,
    },
    "SIGINT",
  );
}

/** A database for a test, dropped (with its remaining connections) when disposed. */
export interface TestDatabase extends AsyncDisposable {
  readonly url: string;
}

/** A new empty database on the server of `serverUrl`. */
export function createTestDatabase(serverUrl: string): Promise<TestDatabase> {
  return createDatabase(serverUrl, "");
}

/**
 * A new database on the server of `serverUrl` with the tables of this version. It is a copy of one that is migrated once for each
 * server, as the migrations take a server ten times as long as the copy.
 */
export async function createMigratedDatabase(serverUrl: string): Promise<TestDatabase> {
  const made = templates.get(serverUrl) ?? makeTemplate(serverUrl);
  templates.set(serverUrl, made);
  await made;
  const database = await createDatabase(serverUrl, `TEMPLATE ${template}`);
  // The migrations give each database an identity, by which a storage knows whose it is.
  await run(
    database.url,
    "UPDATE vidferry.deployment SET id = 'dep_' || replace(gen_random_uuid()::text, '-', ''), created_at = now()",
  );
  return database;
}

async function createDatabase(serverUrl: string, options: string): Promise<TestDatabase> {
  const name = `test_${crypto.randomUUID().replaceAll("-", "")}`;
  await run(serverUrl, `CREATE DATABASE ${name} ${options}`);
  const url = urlOf(serverUrl, name);
  return { url, [Symbol.asyncDispose]: () => run(serverUrl, `DROP DATABASE IF EXISTS ${name} WITH (FORCE)`) };
}

const template = "vidferry_template";
/** Arbitrary; held while the template is made. */
const templateLock = 8_430_221_099;
/** By server; made or found once in each process. */
const templates = new Map<string, Promise<void>>();

/** Other processes of the run may do the same at this moment, or have done it; a server that outlives runs has that of an earlier one. */
async function makeTemplate(serverUrl: string): Promise<void> {
  const sql = postgres(serverUrl, { max: 1, connect_timeout: 5, onnotice: () => undefined });
  try {
    await sql`SELECT pg_advisory_lock(${templateLock})`;
    const found = await sql`SELECT 1 FROM pg_database WHERE datname = ${template}`;
    if (found.length === 0) await sql.unsafe(`CREATE DATABASE ${template}`);
    const { postgresStore } = await import("@vidferry/core/postgres");
    const store = postgresStore({ url: urlOf(serverUrl, template), queryTimeoutMs: 60_000 });
    await store.migrate().finally(() => store.close());
  } finally {
    await sql.end({ timeout: 1 });
  }
}

function urlOf(serverUrl: string, database: string): string {
  const url = new URL(serverUrl);
  url.pathname = `/${database}`;
  return url.href;
}

function initialise(initdb: string, dataDir: string, user: { uid: number; gid: number } | undefined): void {
  const args = ["-D", dataDir, "-U", "vidferry", "--auth=trust", "--no-sync", "-E", "UTF8", "--locale=C"];
  const result = spawnSync(initdb, args, { timeout: 60_000, encoding: "utf8", cwd: dataDir, ...user });
  if (result.status !== 0) throw new Error(`initdb failed: ${result.error?.message ?? result.stderr}`);
}

/** Whether a server of this kind takes queries. */
export async function answers(url: string): Promise<boolean> {
  try {
    await run(url, "SELECT 1");
    return true;
  } catch {
    return false;
  }
}

async function run(url: string, statement: string): Promise<void> {
  const sql = postgres(url, { max: 1, connect_timeout: 5, onnotice: () => undefined });
  try {
    await sql.unsafe(statement);
  } finally {
    await sql.end({ timeout: 1 });
  }
}
