import { describe, expect, test } from "bun:test";
import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { absenceOf, fewUnlessWhole, isWhole } from "@vidferry/testing";
import { fuzz } from "./run.ts";

const isInstalled = existsSync(resolve(import.meta.dir, "../../.tools/fuzz-venv/bin/schemathesis"));

describe.skipIf(!isInstalled)(`schemathesis${absenceOf("schemathesis", isInstalled)}`, () => {
  test.each(fewUnlessWhole([true, false], (withKey) => withKey))(
    "finds no answer that breaks the document (with a key: %p)",
    async (withKey) => {
      // Always the same requests, however fast the machine is; bin/fuzz looks for new ones.
      const pass = {
        databaseUrl: null,
        role: "api" as const,
        withKey,
        examples: 1,
        // Each operation is asked in either.
        phases: isWhole ? "examples,fuzzing" : "fuzzing",
        seed: 1,
        watchdogMs: 240_000,
      };
      const { failed, output, cases } = await fuzz(pass);
      if (failed) console.log(output);
      expect({ failed, repeatWith: pass }).toEqual({ failed: false, repeatWith: pass });
      expect(cases).toBeGreaterThan(100);
    },
    300_000,
  );
});
