import { runBun } from "./bun-runs.ts";

/** A check of the sources, and what to do when it fails. */
interface SourceCheck {
  readonly name: string;
  readonly command: readonly string[];
  readonly fix: string;
}

/**
 * The compiler of the type checks, which is several times as fast as the one named `typescript`. That one reads sources for
 * tests and generates types, for which version 7 has no stable interface.
 */
const compiler = "node_modules/typescript-7/bin/tsc";

/** Where checks keep what they found of each file, so that the next run looks only at what has changed since. */
const cache = "node_modules/.cache/vidferry";

/** Several checkers each infer anew what they share, for half as much work again; other checks and tests have the other processors. */
const checkTypes = (config: string): readonly string[] => [
  ...[compiler, "-p", config, "--checkers", "1"],
  ...["--incremental", "--tsBuildInfoFile", `${cache}/${config.replace("/", ".")}.tsbuildinfo`],
];

const checks: readonly SourceCheck[] = [
  {
    name: "lint",
    command: ["x", "--no-install", "biome", "check", "--error-on-warnings", "."],
    fix: "`bun run format` mends most of it.",
  },
  {
    name: "types of the pure core",
    command: checkTypes("core/tsconfig.json"),
    fix: "The pure part of core knows no runtime: what needs `node:`, `Bun` or `process` belongs behind a port.",
  },
  {
    name: "types of the dashboard",
    command: checkTypes("web/tsconfig.json"),
    fix: "Mend what the compiler names.",
  },
  { name: "types", command: checkTypes("tsconfig.json"), fix: "Mend what the compiler names." },
  {
    name: "unused files, exports and dependencies",
    command: [
      "x",
      "--no-install",
      "knip",
      "--no-progress",
      "--treat-config-hints-as-errors",
      ...["--cache", "--cache-location", `${cache}/knip`],
    ],
    fix: "Delete them or drop their `export`; what is used in a way that knip cannot see is named in knip.jsonc, with the reason.",
  },
];

/** Runs all checks of the sources side by side, tells what each says, and whether each passed. */
export async function checkSources(): Promise<boolean[]> {
  return await Promise.all(
    checks.map(async ({ name, command, fix }) => {
      const { code, output } = await runBun(command, { output: "collected" });
      console.log(`\n== ${name}\n${output.trimEnd()}`);
      if (code !== 0) console.log(`${name}: failed. ${fix}`);
      return code === 0;
    }),
  );
}
