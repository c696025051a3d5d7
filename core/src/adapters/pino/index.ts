export { createPinoLogger, type LogLevel, type PinoLoggerOptions } from "./logger.ts";
