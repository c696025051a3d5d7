import { describe, expect, test } from "bun:test";
import { createHeldClock, isWhole } from "@vidferry/testing";
import { databaseConformance } from "@vidferry/testing/conformance";
import { memoryStore } from "./database.ts";

const suite = {
  describe,
  test,
  expect,
  name: "memory",
  inShort: !isWhole,
  create: async () => {
    const clock = createHeldClock();
    const store = memoryStore({ clock });
    return { store, advance: async (ms: number) => clock.advance(ms), [Symbol.asyncDispose]: () => store.close() };
  },
};

databaseConformance(suite);
