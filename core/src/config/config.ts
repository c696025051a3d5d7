import type { z } from "zod";
import { expandHome, tidy } from "./values.ts";
import { type VariableName, variables } from "./variables.ts";

type Value<N extends VariableName> = z.output<(typeof variables)[N]["schema"]>;
type Optional<N extends VariableName> = (typeof variables)[N]["standard"] extends string ? Value<N> : Value<N> | null;

/** The configuration of a process, parsed and validated once. */
export type Config = { readonly [N in Exclude<VariableName, "AUTH">]: Optional<N> } & { readonly AUTH: "off" | "keys" };

/** Names every invalid variable and what was expected; the process exits with code 78. */
export class ConfigError extends Error {
  override readonly name = "ConfigError";
  readonly problems: readonly string[];
  constructor(problems: readonly string[]) {
    super(`The configuration is not valid:\n${problems.map((problem) => `  ${problem}`).join("\n")}`);
    this.problems = problems;
  }
}

/** Whether an address is reachable from this machine only. */
export function isLoopback(host: string): boolean {
  return host === "localhost" || host === "::1" || host === "[::1]" || /^127(\.\d{1,3}){3}$/.test(host);
}

const authOf = (host: string): "off" | "keys" => (isLoopback(host) ? "off" : "keys");

/** Parses the configuration from environment variables. Throws {@link ConfigError}. */
export function parseConfig(env: Readonly<Record<string, string | undefined>>): Config {
  const problems: string[] = [];
  const values: Record<string, unknown> = {};
  for (const [name, { schema, standard, ...about }] of Object.entries(variables)) {
    const written = tidy(env[name] ?? "") || standard;
    if (written === null) {
      values[name] = null;
      continue;
    }
    const text = "path" in about && about.path === true ? expandHome(written, env["HOME"]) : written;
    if (text === null) {
      problems.push(`${name}: expected a path that does not begin with ~ (or ~/… and the home folder in HOME)`);
      continue;
    }
    const result = schema.safeParse(text);
    if (result.success) values[name] = result.data;
    else {
      const shown = "secret" in about && about.secret === true ? "" : ` (it is ${JSON.stringify(text)})`;
      problems.push(`${name}: ${result.error.issues[0]?.message ?? "not valid"}${shown}`);
    }
  }
  const config = values as unknown as Config & { AUTH: "off" | "keys" | null };
  if (problems.length === 0) problems.push(...checkTogether(config));
  if (problems.length > 0) throw new ConfigError(problems);
  return { ...config, AUTH: config.AUTH ?? authOf(config.HOST) };
}

/** Checks constraints between variables. */
function checkTogether(config: Omit<Config, "AUTH"> & { AUTH: "off" | "keys" | null }): string[] {
  const problems: string[] = [];
  if (config.AUTH === "off" && !isLoopback(config.HOST)) {
    problems.push(`AUTH: expected \`keys\`, because HOST is ${config.HOST} and not a loopback address`);
  }
  // A page is of the origin `null` when another one shows it in a sandbox.
  const anyPage = config.CORS_ORIGINS.find((origin) => origin === "*" || origin === "null");
  if ((config.AUTH ?? authOf(config.HOST)) === "off" && anyPage !== undefined) {
    problems.push(
      `CORS_ORIGINS: expected origins by name, or AUTH=keys, because without keys \`${anyPage}\` lets any web page drive the service`,
    );
  }
  if (config.CDN_PRIVATE_KEY !== null && config.CDN_PRIVATE_KEY_FILE !== null) {
    problems.push("CDN_PRIVATE_KEY: expected either it or CDN_PRIVATE_KEY_FILE, not both");
  }
  const cdn = [config.CDN_URL, config.CDN_KEY_PAIR_ID, config.CDN_PRIVATE_KEY ?? config.CDN_PRIVATE_KEY_FILE];
  if (cdn.some((value) => value !== null) && cdn.some((value) => value === null)) {
    problems.push(
      "CDN_URL, CDN_KEY_PAIR_ID and CDN_PRIVATE_KEY_FILE (or CDN_PRIVATE_KEY) go together: expected all three or none",
    );
  }
  if (config.CDN_URL !== null && !config.STORAGE_URL.startsWith("s3:")) {
    problems.push("CDN_URL: expected STORAGE_URL to be an s3:// address as well");
  }
  if (config.DATABASE_LISTEN_URL !== null && config.DATABASE_URL.startsWith("sqlite:")) {
    problems.push("DATABASE_LISTEN_URL: expected DATABASE_URL to be postgres://… as well");
  }
  if (config.QUEUE_URL !== null && config.DATABASE_URL.startsWith("sqlite:")) {
    problems.push("QUEUE_URL: expected DATABASE_URL to be postgres://…, because a SQLite file serves one machine only");
  }
  if (config.REDIS_URL !== null && config.DATABASE_URL.startsWith("sqlite:")) {
    problems.push("REDIS_URL: expected DATABASE_URL to be postgres://…, because a SQLite file serves one machine only");
  }
  return problems;
}
