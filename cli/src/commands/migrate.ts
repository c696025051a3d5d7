import type { Config } from "@vidferry/core";
import { composeBackends } from "@vidferry/core/compose";
import { createPinoLogger } from "@vidferry/core/pino";
import type { Terminal } from "@vidferry/core/program";
import { exitCodes } from "@vidferry/core/program";
import { systemClock } from "@vidferry/core/system";

/** `vidferry migrate`: brings the database to this version. */
export async function migrateCommand(config: Config, terminal: Terminal): Promise<number> {
  const logger = createPinoLogger({ level: config.LOG_LEVEL, destination: process.stderr });
  const backends = await composeBackends({ ...config, REDIS_URL: null }, { clock: systemClock, logger });
  try {
    await backends.migrate();
    await backends.database.check();
    terminal.out("the database is up to date");
    return exitCodes.done;
  } finally {
    await backends.close();
  }
}
