import { expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { absenceOf, tempDir } from "@vidferry/testing";
import { documentFile, hasTool, releasedFile, runTool } from "./tools.ts";

const testMs = 300_000;

test.skipIf(!hasTool("redocly"))(
  `the OpenAPI document passes redocly's recommended rules without a warning${absenceOf("redocly", hasTool("redocly"))}`,
  async () => {
    await using dir = await tempDir("vidferry-redocly");
    const { code, output } = await runTool("redocly", ["lint", documentFile, "--format", "stylish"], { cwd: dir.path });
    expect({ code, output }).toEqual({ code: 0, output: expect.not.stringMatching(/\b(warning|error)\b {2}/) });
    expect(output).toContain("valid");
  },
  testMs,
);

test.skipIf(!hasTool("spectral"))(
  `the OpenAPI document passes spectral's rules without a warning${absenceOf("spectral", hasTool("spectral"))}`,
  async () => {
    await using dir = await tempDir("vidferry-spectral");
    const ruleset = join(dir.path, "rules.yaml");
    await writeFile(ruleset, 'extends: ["spectral:oas"]\n');
    const args = ["lint", "--ruleset", ruleset, "--fail-severity", "hint", documentFile];
    const { code, output } = await runTool("spectral", args, { cwd: dir.path });
    expect({ code, output }).toEqual({ code: 0, output: expect.stringContaining("No results") });
  },
  testMs,
);

const isReleased = readFileSync(documentFile).equals(readFileSync(releasedFile));
const canCompare = isReleased || hasTool("oasdiff");

test.skipIf(!canCompare)(
  `nothing that clients of the last release rely on has changed${absenceOf("oasdiff, which Go builds", canCompare)}`,
  async () => {
    // For a document that is byte by byte the released one, bin/test builds no program to compare it.
    if (isReleased) return;
    await using dir = await tempDir("vidferry-oasdiff");
    // What the service has always refused and the document had left out.
    const ignored = join(import.meta.dir, "was-refused.txt");
    // Clients ignore values that they do not know, as MAINTAINERS.md says.
    const severities = join(import.meta.dir, "severities.txt");
    const options = ["--fail-on", "ERR", "--err-ignore", ignored, "--severity-levels", severities];
    const args = ["breaking", ...options, releasedFile, documentFile];
    const { code, output } = await runTool("oasdiff", args, { cwd: dir.path });
    expect({ code, output }).toMatchObject({ code: 0 });
  },
  testMs,
);
