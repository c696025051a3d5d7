import { describe, expect, test } from "bun:test";
import { createHeldClock } from "@vidferry/testing";
import { jobStoreConformance, keyStoreConformance } from "@vidferry/testing/conformance";
import { createMemoryJobStore } from "./job-store.ts";

const suite = {
  describe,
  test,
  expect,
  name: "memory",
  create: async () => {
    const clock = createHeldClock();
    const store = createMemoryJobStore({ clock });
    return { store, advance: async (ms: number) => clock.advance(ms), [Symbol.asyncDispose]: () => store.close() };
  },
};

jobStoreConformance(suite);
keyStoreConformance(suite);
