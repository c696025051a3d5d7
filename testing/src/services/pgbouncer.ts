import { chown, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { freePort } from "../free-port.ts";
import { findProgram } from "./find-program.ts";
import { startManagedService } from "./managed-service.ts";
import { answers } from "./postgres.ts";
import type { TestService } from "./service.ts";
import { unprivilegedUser } from "./unprivileged-user.ts";

/** The `pgbouncer` program, or undefined where it is not installed. */
export function findPgBouncer(): string | undefined {
  return findProgram("pgbouncer", ["/usr/sbin", "/usr/local/sbin", "/opt/homebrew/bin"]);
}

/**
 * Starts a PgBouncer of its own in front of every database of a test server, on a free port, in transaction mode.
 * @param serverUrl the PostgreSQL behind it
 * @param settings further lines of its configuration, such as `{ default_pool_size: "2" }`
 * @throws Error when PgBouncer is not installed or does not start.
 */
export async function startPgBouncer(
  serverUrl: string,
  settings: Readonly<Record<string, string>> = {},
): Promise<TestService> {
  const program = findPgBouncer();
  if (program === undefined) throw new Error("PgBouncer is not installed; bin/test installs what it can");
  const server = new URL(serverUrl);
  const user = unprivilegedUser();
  const dataDir = await mkdtemp(join(tmpdir(), "vidferry-pgbouncer-"));
  const port = await freePort();
  const file = join(dataDir, "pgbouncer.ini");
  const lines = {
    listen_addr: "127.0.0.1",
    listen_port: String(port),
    unix_socket_dir: "",
    auth_type: "trust",
    auth_file: join(dataDir, "users.txt"),
    pool_mode: "transaction",
    default_pool_size: "20",
    max_client_conn: "500",
    ...settings,
  };
  try {
    await writeFile(lines.auth_file, `"${server.username}" ""\n`);
    const databases = `[databases]\n* = host=${server.hostname} port=${server.port}\n`;
    const options = Object.entries(lines).map(([name, value]) => `${name} = ${value}\n`);
    await writeFile(file, `${databases}[pgbouncer]\n${options.join("")}`);
    if (user !== undefined)
      await Promise.all([dataDir, file, lines.auth_file].map((path) => chown(path, user.uid, user.gid)));
  } catch (error) {
    await rm(dataDir, { recursive: true, force: true });
    throw error;
  }
  const url = new URL(serverUrl);
  url.port = String(port);
  return startManagedService(url.href, port, {
    name: "PgBouncer",
    program,
    args: [file],
    ...(user === undefined ? {} : { user }),
    stopSignal: "SIGTERM",
    isReady: () => answers(url.href),
    dataDir,
  });
}
