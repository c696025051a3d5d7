import { expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { errorCodes } from "./errors/codes.ts";

const sources = fileURLToPath(new URL(".", import.meta.url));
const page = readFileSync(fileURLToPath(new URL("../../docs/troubleshooting.md", import.meta.url)), "utf8");
const section = /### Warnings\n(.*?)\n### /s.exec(page)?.[1] ?? "";

test("the page about failures explains every warning", () => {
  // A program's own errors, as of its settings, are none of a job.
  const files = [...new Bun.Glob("**/*.ts").scanSync(sources)].filter(
    (name) => !/\.test\.ts$|\btest-|^compose\/program\//.test(name),
  );
  const told = files.flatMap((name) =>
    [...readFileSync(sources + name, "utf8").matchAll(/code: "([a-z_]+)",\s*detail\b/g)].map(([, code]) => code ?? ""),
  );
  const warnings = [...new Set(told)].filter((code) => !Object.hasOwn(errorCodes, code));
  expect(warnings).toContain("subtitles_missing");
  expect(warnings.filter((code) => !section.includes(`\`${code}\``))).toEqual([]);
});
