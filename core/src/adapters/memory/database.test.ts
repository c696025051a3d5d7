import { describe, expect, test } from "bun:test";
import { createHeldClock } from "@vidferry/testing";
import { databaseConformance } from "@vidferry/testing/conformance";
import { memoryStore } from "./database.ts";

const suite = {
  describe,
  test,
  expect,
  name: "memory",
  create: async () => {
    const clock = createHeldClock();
    const store = memoryStore({ clock });
    return { store, advance: async (ms: number) => clock.advance(ms), [Symbol.asyncDispose]: () => store.close() };
  },
};

databaseConformance(suite);
