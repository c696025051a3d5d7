import { describe, expect, test } from "bun:test";
import { loggerConformance } from "@vidferry/testing/conformance";
import { createPinoLogger } from "./logger.ts";

loggerConformance({
  ...{ describe, test, expect },
  name: "pino",
  create: () => {
    const lines: string[] = [];
    const logger = createPinoLogger({ level: "debug", destination: { write: (line) => lines.push(line) } });
    return { logger, lines: () => lines };
  },
});
