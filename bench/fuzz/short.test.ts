import { describe, expect, test } from "bun:test";
import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { fuzz } from "./run.ts";

const isInstalled = existsSync(resolve(import.meta.dir, "../../.tools/fuzz-venv/bin/schemathesis"));

describe.skipIf(!isInstalled)("schemathesis", () => {
  test.each([true, false])(
    "finds no answer that breaks the document (with a key: %p)",
    async (withKey) => {
      // Always the same requests; bin/fuzz looks for new ones.
      const pass = { databaseUrl: null, withKey, examples: 4, phases: "examples,fuzzing", seed: 1, seconds: 20 };
      const { failed, output, cases } = await fuzz(pass);
      expect({ failed, output: failed ? output : "" }).toEqual({ failed: false, output: "" });
      expect(cases).toBeGreaterThan(30);
    },
    300_000,
  );
});
