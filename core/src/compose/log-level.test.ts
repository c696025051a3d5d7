import { expect, test } from "bun:test";
import { createRecordingLogger } from "@vidferry/testing";
import { memorySignals } from "../adapters/memory/index.ts";
import { createPinoLogger } from "../adapters/pino/index.ts";
import { followLogLevel, toggleDebug } from "./log-level.ts";

function capturing() {
  const lines: string[] = [];
  const destination = { write: (line: string) => void lines.push((JSON.parse(line) as { message: string }).message) };
  return { lines, logger: createPinoLogger({ level: "info", destination }) };
}

test("a process logs as much as the service is told to, and says so, until it stops listening", async () => {
  const signals = memorySignals();
  const { lines, logger } = capturing();
  const stop = followLogLevel(logger, signals);
  await signals.send({ type: "drain", host: "another" });
  await signals.send({ type: "log-level", level: "debug" });
  logger.debug("detail");
  expect(lines).toEqual(["the level of the log was changed", "detail"]);
  await signals.send({ type: "log-level", level: null });
  expect(logger.level()).toBe("info");
  stop();
  await signals.send({ type: "log-level", level: "debug" });
  expect(logger.level()).toBe("info");
});

test("a logger without a level that could be changed is left alone", () => {
  followLogLevel(createRecordingLogger(), memorySignals())();
});

test("a toggle logs everything, and the next one as before", () => {
  const { logger } = capturing();
  toggleDebug(logger);
  expect(logger.level()).toBe("debug");
  toggleDebug(logger);
  expect(logger.level()).toBe("info");
});
