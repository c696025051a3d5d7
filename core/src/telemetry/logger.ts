/** Structured context of a log line. Never put secrets here: keys, cookies, proxy credentials, signed URLs. */
export type LogFields = Readonly<Record<string, unknown>>;

/** Where log lines go. Must not throw and must not block. */
export interface Logger {
  debug(message: string, fields?: LogFields): void;
  info(message: string, fields?: LogFields): void;
  warn(message: string, fields?: LogFields): void;
  error(message: string, fields?: LogFields): void;
  /** A logger that adds these fields to every line. */
  child(fields: LogFields): Logger;
}

/** From the most to the least that is written; `silent` writes nothing. */
export const logLevels = ["debug", "info", "warn", "error", "silent"] as const;

/** The least severe line that is written. */
export type LogLevel = (typeof logLevels)[number];

/** A logger whose level can be changed while it is used, with that of all its children. */
export interface LevelledLogger extends Logger {
  level(): LogLevel;
  /** @param level null: the one that it began with */
  setLevel(level: LogLevel | null): void;
}

/** Whether the level of a logger can be changed. */
export function isLevelled(logger: Logger): logger is LevelledLogger {
  return "setLevel" in logger;
}
