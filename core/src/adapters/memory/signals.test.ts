import { describe, expect, test } from "bun:test";
import { signalsConformance } from "../../testing/conformance/signals.ts";
import { memorySignals } from "./signals.ts";

signalsConformance({
  describe,
  test,
  expect,
  name: "memory",
  async create() {
    const signals = memorySignals();
    return { signals, elsewhere: signals, [Symbol.asyncDispose]: () => signals.close() };
  },
});
