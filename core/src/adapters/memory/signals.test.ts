import { describe, expect, test } from "bun:test";
import { signalsConformance } from "@vidferry/testing/conformance";
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
