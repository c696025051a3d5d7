import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { resolve } from "node:path";

const root = resolve(import.meta.dir, "../../..");

/** The OpenAPI document that is committed, and the one of the last release. */
export const documentFile = resolve(root, "sdk/openapi.json");
export const releasedFile = resolve(root, "api/openapi-released.json");

const places = {
  redocly: ".tools/api-tools/node_modules/@redocly/cli/bin/cli.js",
  spectral: ".tools/api-tools/node_modules/@stoplight/spectral-cli/dist/index.js",
  heyApi: ".tools/api-tools/node_modules/@hey-api/openapi-ts/bin/run.js",
  tsc: ".tools/api-tools/node_modules/typescript/bin/tsc",
  openapiPythonClient: ".tools/clients-venv/bin/openapi-python-client",
  python: ".tools/clients-venv/bin/python",
  oasdiff: ".tools/oasdiff/oasdiff",
} as const;

/** A program that `bin/test` sets up. */
export type Tool = keyof typeof places;

const toolPath = (tool: Tool): string => resolve(root, places[tool]);
export const hasTool = (tool: Tool): boolean => existsSync(toolPath(tool));

/** Runs a tool to its end; those in JavaScript are run by this Bun. */
export function runTool(
  tool: Tool,
  args: readonly string[],
  options: { readonly cwd: string; readonly env?: Readonly<Record<string, string>> },
): Promise<{ code: number | null; output: string }> {
  const path = toolPath(tool);
  const [program, first] = path.endsWith(".js") || tool === "tsc" ? [process.execPath, [path]] : [path, []];
  return new Promise((done, failed) => {
    const child = spawn(program, [...first, ...args], {
      cwd: options.cwd,
      env: {
        PATH: process.env["PATH"] ?? "",
        HOME: options.cwd,
        NO_COLOR: "1",
        REDOCLY_TELEMETRY: "off",
        ...options.env,
      },
      stdio: ["ignore", "pipe", "pipe"],
      timeout: 240_000,
    });
    let output = "";
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding("utf8").on("data", (text: string) => {
        output += text;
      });
    }
    child.once("error", failed);
    child.once("close", (code) => done({ code, output }));
  });
}
