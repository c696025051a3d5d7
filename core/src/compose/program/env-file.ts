import { readFileSync } from "node:fs";
import { parseEnv } from "node:util";
import { ConfigError } from "../../config/config.ts";
import { variables } from "../../config/variables.ts";

/**
 * Adds what the `.env` file of the working folder says to the environment, for what is not set there. It may be another
 * project's, so only Vidferry's variables and the credentials of S3 are taken from it. Throws {@link ConfigError}.
 */
export function addEnvFile(environment: Record<string, string | undefined>): void {
  const known = (name: string): boolean => name in variables || name.startsWith("AWS_");
  for (const [name, value] of Object.entries(readEnvFile())) {
    if (known(name) && environment[name] === undefined) environment[name] = value;
  }
}

function readEnvFile(): Readonly<Record<string, string | undefined>> {
  try {
    return parseEnv(readFileSync(".env", "utf8"));
  } catch (error) {
    const code = error instanceof Error && "code" in error ? error.code : undefined;
    // Some keep a Python environment in a folder of that name.
    if (code === "ENOENT" || code === "EISDIR") return {};
    throw new ConfigError([
      `.env: expected a file that can be read (${error instanceof Error ? error.message : error})`,
    ]);
  }
}
