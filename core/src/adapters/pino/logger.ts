import { pino, stdTimeFunctions } from "pino";
import type { LevelledLogger, LogFields, Logger, LogLevel } from "../../telemetry/logger.ts";
import { redactFields, redactText } from "../system/redact.ts";

/** How {@link createPinoLogger} writes. */
export interface PinoLoggerOptions {
  readonly level: LogLevel;
  /** Stands on every line as `name`, for example `api`. */
  readonly name?: string;
  /** Takes whole lines, each ending in a newline. Default: this process's standard output. */
  readonly destination?: { write(line: string): void };
}

type WrittenLevel = Exclude<LogLevel, "silent">;

/**
 * A logger that writes one JSON object a line: `{level, time, name?, …fields, message}`, level as a word, time in ISO 8601.
 * Fields and messages are redacted first (see {@link redactFields}). Never throws. No worker thread is used, so a line that
 * was logged is written even when the process ends right after it.
 */
export function createPinoLogger(options: PinoLoggerOptions): LevelledLogger {
  const settings = {
    level: options.level,
    base: options.name === undefined ? null : { name: options.name },
    messageKey: "message",
    timestamp: stdTimeFunctions.isoTime,
    formatters: { level: (label: string) => ({ level: label }) },
  };
  const root = options.destination === undefined ? pino(settings) : pino(settings, options.destination);
  return {
    ...wrap(root, {}),
    level: () => root.level as LogLevel,
    setLevel: (level) => {
      root.level = level ?? options.level;
    },
  };
}

function wrap(root: pino.Logger, bound: LogFields): Logger {
  const write = (level: WrittenLevel, message: string, fields?: LogFields): void => {
    if (!root.isLevelEnabled(level)) return;
    try {
      root[level]({ ...bound, ...safeFields(fields) }, redactText(message));
    } catch {
      // A destination that fails (a closed pipe, a full disk) must not take down what it reports on.
    }
  };
  return {
    debug: (message, fields) => write("debug", message, fields),
    info: (message, fields) => write("info", message, fields),
    warn: (message, fields) => write("warn", message, fields),
    error: (message, fields) => write("error", message, fields),
    child: (fields) => wrap(root, { ...bound, ...safeFields(fields) }),
  };
}

function safeFields(fields: LogFields | undefined): LogFields {
  if (fields === undefined) return {};
  try {
    return redactFields(fields);
  } catch {
    // A getter or a proxy threw; the line itself still matters.
    return { fields: "[unreadable]" };
  }
}
