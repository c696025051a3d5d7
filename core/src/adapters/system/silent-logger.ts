import type { Logger } from "../../telemetry/logger.ts";

/** A logger that writes nothing. */
export function createSilentLogger(): Logger {
  const nothing = (): void => undefined;
  const silent: Logger = { debug: nothing, info: nothing, warn: nothing, error: nothing, child: () => silent };
  return silent;
}
