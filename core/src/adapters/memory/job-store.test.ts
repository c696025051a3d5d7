import { describe, expect, test } from "bun:test";
import { jobStoreConformance } from "../../testing/conformance/job-store.ts";
import { keyStoreConformance } from "../../testing/conformance/key-store.ts";
import { createHeldClock } from "../../testing/held-clock.ts";
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
