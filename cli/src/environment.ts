import { readFileSync } from "node:fs";
import { parseEnv } from "node:util";
import { type Config, ConfigError, parseConfig, type VariableName, variables } from "@vidferry/core";

type Environment = Readonly<Record<string, string | undefined>>;

/** The settings of commands that use only some; what stands in the others cannot stop them. */
const used: Readonly<Record<string, readonly VariableName[]>> = {
  download: [
    "ALLOWED_HOSTS",
    "ALLOW_PRIVATE_HOSTS",
    "PROXY_URL",
    "CA_FILE",
    "COOKIES_FILE",
    "MAX_FILE_BYTES",
    "MAX_DURATION_SECONDS",
    "MAX_ATTEMPTS",
    "JOB_TIMEOUT_SECONDS",
    "STALL_TIMEOUT_SECONDS",
    "LOG_LEVEL",
    "VIDFERRY_YTDLP",
    "YTDLP_WARM",
    "VIDFERRY_FFMPEG",
    "VIDFERRY_FFPROBE",
    "VIDFERRY_JS_RUNTIME",
  ],
  demo: ["VIDFERRY_YTDLP", "VIDFERRY_FFMPEG", "VIDFERRY_FFPROBE", "VIDFERRY_JS_RUNTIME"],
  migrate: ["DATABASE_URL", "DATABASE_POOL", "LOG_LEVEL"],
  keys: ["DATABASE_URL", "DATABASE_POOL"],
  drain: ["DATABASE_URL", "DATABASE_POOL", "REDIS_URL", "DRAIN_SECONDS", "LOG_LEVEL"],
};

/** The configuration of a command. Throws {@link ConfigError}. */
export function readConfig(command: string, environment: Environment): Config {
  const names = used[command];
  if (names === undefined) return parseConfig(environment);
  // The home folder is no setting, but `~` in one stands for it.
  const kept = new Set<string>([...names, "HOME"]);
  return parseConfig(Object.fromEntries(Object.entries(environment).filter(([name]) => kept.has(name))));
}

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
