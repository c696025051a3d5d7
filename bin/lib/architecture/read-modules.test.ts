import { expect, test } from "bun:test";
import { findBreaches, findCycles } from "./breaches.ts";
import { parseModule } from "./read-modules.ts";

test("every way to import is seen, and what only looks like one is not", () => {
  const source = `
    import one from "./one.ts"; import "./two.ts"; import type { Three } from "../three.ts";
    export * from 'four'; export type { Five } from "@five/six";
    import six = require("six");
    const seven = await import("seven"); const eight = require(\`eight\`);
    type Nine = typeof import("nine");
    // import "comment";
    const text = 'import "text"'; const template = \`\${text} from "template"\`;
    const odd = { import: "x", from: "y" };`;
  const { imports } = parseModule("core/src/jobs/x.ts", source);
  expect(imports.map(({ specifier }) => specifier)).toEqual([
    ...["./one.ts", "./two.ts", "../three.ts", "four", "@five/six", "six", "seven", "eight", "nine"],
  ]);
  expect(imports[2]).toEqual({ specifier: "../three.ts", path: "core/src/three.ts", line: 2 });
});

test.each([
  "process.env.HOME",
  'process["env"]',
  "globalThis.process.env",
  "const { env } = process;",
  "const { env: place } = Bun;",
  "Deno.env.get('HOME')",
  "import.meta.env.HOME",
  'import { env } from "node:process";',
  'import { env as place } from "bun";',
])("%s reads the environment", (source) => {
  expect(parseModule("x.ts", source).environmentReads).toEqual([1]);
});

test.each([
  '"process.env"',
  "// process.env",
  "const env = options.env;",
  "const { env } = options;",
  "run({ env: {} })",
])("%s does not read the environment", (source) => {
  expect(parseModule("x.ts", source).environmentReads).toEqual([]);
});

test.each([
  "Date.now()",
  "new Date()",
  "new Date",
  "Date()",
  "performance.now()",
  "performance.timeOrigin",
  "setTimeout(run, 5)",
  "globalThis.setInterval(run)",
  "later(setImmediate)",
  "AbortSignal.timeout(5)",
])("%s reads the time", (source) => {
  expect(parseModule("x.ts", source).timeReads).toEqual([1]);
});

test.each([
  "clock.now()",
  "new Date(timestamp)",
  "let timer: ReturnType<typeof setTimeout>;",
  "socket.setTimeout(5)",
  "// Date.now()",
  "AbortSignal.any([])",
])("%s does not read the time", (source) => {
  expect(parseModule("x.ts", source).timeReads).toEqual([]);
});

test("an import that its area does not allow is named with its place, as is a module without an area", () => {
  const areas = [
    { path: "core/src/jobs", mayImport: ["core/src/errors"], packages: ["zod"] },
    { path: "core/src/errors", mayImport: [], packages: [] },
  ];
  const job = 'import "../errors/a.ts";\nimport "./gone.ts";\nimport "zod/mini";\nimport "zodiac";\nimport "node:fs";';
  const modules = [
    parseModule("core/src/jobs/job.ts", job),
    parseModule("core/src/errors/a.ts", 'import "../jobs/job.ts";'),
    parseModule("core/src/lost.ts", ""),
  ];
  expect(findBreaches(modules, areas)).toEqual([
    "core/src/jobs/job.ts:2 → ./gone.ts",
    "core/src/jobs/job.ts:4 → zodiac",
    "core/src/jobs/job.ts:5 → node:fs",
    "core/src/errors/a.ts:1 → ../jobs/job.ts",
    "core/src/lost.ts is in no area of bin/lib/architecture/areas.ts",
  ]);
  expect(findCycles(modules)).toEqual(["core/src/jobs/job.ts → core/src/errors/a.ts → core/src/jobs/job.ts"]);
});
