import { homedir } from "node:os";
import { join, resolve } from "node:path";
import type { Config, Database } from "@vidferry/core";
import { composeBackends } from "@vidferry/core/compose";
import { createPinoLogger } from "@vidferry/core/pino";
import { createIdGenerator, createSilentLogger, systemClock } from "@vidferry/core/system";
import { Vidferry } from "@vidferry/sdk";
import type { Invocation } from "../command-line/invocation.ts";
import { runService } from "../run-service.ts";
import { createOwnKeys } from "./own-keys.ts";

/** A service in this process, and a client of it. */
export interface OwnService {
  readonly vidferry: Vidferry;
  stop(): Promise<void>;
}

/**
 * Runs the whole service in this process, with all that it keeps in one folder. It listens on a free port of this machine alone,
 * and only with a key that nobody else gets.
 */
export async function startOwnService(data: string | undefined, it: Invocation): Promise<OwnService> {
  const { XDG_DATA_HOME: dataHome, HOME: home } = it.environment;
  const folder = resolve(data ?? join(dataHome || join(home || homedir(), ".local/share"), "vidferry"));
  const config = it.config({
    HOST: "127.0.0.1",
    PORT: "0",
    AUTH: "keys",
    DATABASE_URL: `sqlite:${folder}/vidferry.db`,
    STORAGE_URL: `file:${folder}/files`,
    WORK_DIR: join(folder, "work"),
  });
  // Standard output belongs to the protocol.
  const logger = createPinoLogger({ level: config.LOG_LEVEL, destination: process.stderr });
  const service = await runService(config, logger, it.signals.stop);
  try {
    const keys = createOwnKeys((work) => withDatabase(config, work), {
      ids: createIdGenerator(),
      clock: systemClock,
    });
    const fetchWithKey = async (request: Request): Promise<Response> => {
      request.headers.set("authorization", `Bearer ${await keys.secret()}`);
      return await fetch(request);
    };
    return {
      // The key of the environment, if there is one, is that of another service.
      vidferry: new Vidferry({ baseUrl: service.url ?? "", apiKey: "own", fetch: fetchWithKey }),
      stop: async () => await keys.end().finally(() => service.stop(0)),
    };
  } catch (error) {
    await service.stop(0);
    throw error;
  }
}

async function withDatabase<T>(config: Config, work: (database: Database) => Promise<T>): Promise<T> {
  const deps = { clock: systemClock, logger: createSilentLogger(), migrate: false };
  const backends = await composeBackends({ ...config, REDIS_URL: null }, deps);
  try {
    return await work(backends.database);
  } finally {
    await backends.close();
  }
}
