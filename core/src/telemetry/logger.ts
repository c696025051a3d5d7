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
