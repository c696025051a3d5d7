import { describe, expect, test } from "bun:test";
import { createHeldClock } from "@vidferry/testing";
import {
  clockConformance,
  idGeneratorConformance,
  loggerConformance,
  telemetryConformance,
} from "@vidferry/testing/conformance";
import { systemClock } from "./clock.ts";
import { createIdGenerator } from "./id-generator.ts";
import { createSilentLogger } from "./silent-logger.ts";
import { createMemoryTelemetry, noTelemetry } from "./telemetry.ts";

const kit = { describe, test, expect };

clockConformance({ ...kit, name: "system", clock: systemClock });
const held = createHeldClock();
clockConformance({ ...kit, name: "held", clock: held, advance: held.advance });

idGeneratorConformance({ ...kit, name: "UUIDv7", create: createIdGenerator });

loggerConformance({ ...kit, name: "silent", create: () => ({ logger: createSilentLogger(), lines: null }) });

telemetryConformance({ ...kit, name: "none", create: () => ({ telemetry: noTelemetry, reader: null }) });
telemetryConformance({
  ...kit,
  name: "memory",
  create: () => {
    const telemetry = createMemoryTelemetry();
    return { telemetry, reader: telemetry };
  },
});
