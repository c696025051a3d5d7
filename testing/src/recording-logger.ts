import type { LogFields, Logger } from "@vidferry/core";

/** A line that was logged. */
export interface RecordedLine {
  readonly level: "debug" | "info" | "warn" | "error";
  readonly message: string;
  readonly fields: LogFields;
}

/** A logger that records its lines for assertions. */
export interface RecordingLogger extends Logger {
  readonly lines: readonly RecordedLine[];
}

/** Makes a {@link RecordingLogger}. */
export function createRecordingLogger(): RecordingLogger {
  const lines: RecordedLine[] = [];
  const write =
    (level: RecordedLine["level"]) =>
    (message: string, fields: LogFields = {}) =>
      void lines.push({ level, message, fields });
  const logger: RecordingLogger = {
    lines,
    debug: write("debug"),
    info: write("info"),
    warn: write("warn"),
    error: write("error"),
    child: () => logger,
  };
  return logger;
}
