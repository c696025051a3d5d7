import { rm } from "node:fs/promises";
import { type ServerCommand, startServerProcess } from "./server-process.ts";
import type { TestService } from "./service.ts";

/**
 * Starts a server and wraps it as a service that can be stopped and restarted.
 *
 * @param restartSignal ends the server the way an operator's restart would, when that differs from the quick stop.
 */
export async function startManagedService(
  url: string,
  port: number,
  command: ServerCommand,
  restartSignal: NodeJS.Signals = command.stopSignal ?? "SIGTERM",
): Promise<TestService> {
  const removeData = async () => {
    if (command.dataDir !== undefined) await rm(command.dataDir, { recursive: true, force: true });
  };
  let server = await startServerProcess(command).catch(async (error) => {
    await removeData();
    throw error;
  });
  const stop = async () => {
    await server.stop();
    await removeData();
  };
  return {
    url,
    port,
    get pid() {
      return server.pid;
    },
    async restart() {
      await server.stop(restartSignal);
      server = await startServerProcess(command);
    },
    stop,
    [Symbol.asyncDispose]: stop,
  };
}
