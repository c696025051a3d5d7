import { describe, expect, test } from "bun:test";
import { createHeldClock } from "@vidferry/testing";
import {
  clockConformance,
  idGeneratorConformance,
  loggerConformance,
  observerConformance,
  telemetryConformance,
} from "@vidferry/testing/conformance";
import { createLogObserver } from "../../telemetry/log-observer.ts";
import { noTelemetry } from "../../telemetry/telemetry.ts";
import { systemClock } from "./clock.ts";
import { createIdGenerator } from "./id-generator.ts";
import { createSilentLogger } from "./silent-logger.ts";
import { createMemoryTelemetry } from "./telemetry.ts";

const kit = { describe, test, expect };

clockConformance({ ...kit, name: "system", clock: systemClock });
const held = createHeldClock();
clockConformance({ ...kit, name: "held", clock: held, advance: held.advance });

idGeneratorConformance({ ...kit, name: "UUIDv7", create: createIdGenerator });

loggerConformance({ ...kit, name: "silent", create: () => ({ logger: createSilentLogger(), lines: null }) });

telemetryConformance({ ...kit, name: "none", create: () => noTelemetry });
telemetryConformance({ ...kit, name: "memory", create: createMemoryTelemetry });
observerConformance({ ...kit, name: "log", create: () => createLogObserver(createSilentLogger(), () => 0) });
