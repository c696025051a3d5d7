import type { Signals } from "../jobs/signals.ts";
import { isLevelled, type LevelledLogger, type Logger } from "../telemetry/logger.ts";

/** Lets every process of the service be told how much it logs, until it ends. Returns what ends that. */
export function followLogLevel(logger: Logger, signals: Signals): () => void {
  if (!isLevelled(logger)) return () => undefined;
  return signals.listen((signal) => {
    if (signal.type !== "log-level") return;
    logger.setLevel(signal.level);
    logger.warn("the level of the log was changed", { level: logger.level() });
  });
}

/** Logs everything, or again what was configured, each time it is called. */
export function toggleDebug(logger: LevelledLogger): void {
  logger.setLevel(logger.level() === "debug" ? null : "debug");
  logger.warn("the level of the log was changed", { level: logger.level() });
}
