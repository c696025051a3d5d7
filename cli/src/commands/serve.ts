import { addresses } from "@vidferry/api";
import type { Config } from "@vidferry/core";
import { toggleDebug } from "@vidferry/core/compose";
import { createPinoLogger } from "@vidferry/core/pino";
import { onToggleSignal, type Program, runUntilStopped } from "@vidferry/core/program";
import { runService } from "../run-service.ts";

/** `vidferry serve`: API and worker in one process, until a signal comes. */
export function serveCommand(config: Config, program: Program): Promise<number> {
  const logger = createPinoLogger({ level: config.LOG_LEVEL });
  onToggleSignal(() => toggleDebug(logger));
  return runUntilStopped(program, {
    start: (stop) => runService(config, logger, stop),
    announce: ({ url }) => (url === null ? [] : addresses(url, config)),
    drainMs: config.DRAIN_SECONDS * 1000,
  });
}
