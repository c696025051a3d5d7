import { mkdtemp } from "node:fs/promises";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { freePort } from "../free-port.ts";
import { findProgram } from "./find-program.ts";
import { startManagedService } from "./managed-service.ts";
import type { TestService } from "./service.ts";

/** The `redis-server` (or `valkey-server`) program, or undefined where neither is installed. */
export function findRedis(): string | undefined {
  const places = ["/opt/homebrew/bin", "/usr/local/bin"];
  return findProgram("redis-server", places) ?? findProgram("valkey-server", places);
}

/**
 * Starts a Redis of its own on a free port. It keeps nothing: after `restart()` it is empty, as a Redis without persistence is.
 * @param options.args further arguments, such as `["--maxmemory", "3mb"]`
 * @throws Error when Redis is not installed or does not start.
 */
export async function startRedis(
  options: { readonly port?: number; readonly args?: readonly string[] } = {},
): Promise<TestService> {
  const program = findRedis();
  if (program === undefined) throw new Error("Redis is not installed; bin/test installs what it can");
  const port = options.port ?? (await freePort());
  const dataDir = await mkdtemp(join(tmpdir(), "vidferry-redis-"));
  const settings = [
    "--bind",
    "127.0.0.1",
    "--port",
    String(port),
    "--dir",
    dataDir,
    "--save",
    "",
    "--appendonly",
    "no",
  ];
  return startManagedService(`redis://127.0.0.1:${port}`, port, {
    name: "Redis",
    program,
    args: [...settings, ...(options.args ?? [])],
    isReady: () => pings(port),
    dataDir,
  });
}

function pings(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host: "127.0.0.1", port });
    const settle = (answer: boolean) => {
      socket.destroy();
      resolve(answer);
    };
    socket.setTimeout(1_000, () => settle(false));
    socket.on("error", () => settle(false));
    socket.on("connect", () => socket.write("PING\r\n"));
    socket.on("data", (chunk) => settle(chunk.toString().startsWith("+PONG")));
  });
}
