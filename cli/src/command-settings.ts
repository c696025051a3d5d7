import { type Config, parseConfig, type VariableName } from "@vidferry/core";

type Environment = Readonly<Record<string, string | undefined>>;

const settingsOfDownloads: readonly VariableName[] = [
  "ALLOWED_HOSTS",
  "ALLOW_PRIVATE_HOSTS",
  "PROXY_URL",
  "CA_FILE",
  "LIBRETRANSLATE_URL",
  "LIBRETRANSLATE_API_KEY",
  "TRANSCRIBER_URL",
  "TRANSCRIBER_KEY",
  "TRANSCRIBER_MODEL",
  "TRANSCRIBER_TIMEOUT_SECONDS",
  "COOKIES_FILE",
  "MAX_FILE_BYTES",
  "MAX_DURATION_SECONDS",
  "ALLOW_LIVE",
  "LIVE_MAX_SECONDS",
  "MAX_ATTEMPTS",
  "JOB_TIMEOUT_SECONDS",
  "STALL_TIMEOUT_SECONDS",
  "LOG_LEVEL",
  "VIDFERRY_YTDLP",
  "YTDLP_WARM",
  "YTDLP_PLUGIN_DIRS",
  "PLAYER_CLIENTS",
  "POT_PROVIDER_URL",
  "VIDFERRY_FFMPEG",
  "VIDFERRY_FFPROBE",
  "VIDFERRY_JS_RUNTIME",
];

/** The settings that a command uses, for those that use only some: invalid values of the others are ignored. */
const settingsOf: Readonly<Record<string, readonly VariableName[]>> = {
  download: settingsOfDownloads,
  probe: settingsOfDownloads,
  demo: ["VIDFERRY_YTDLP", "VIDFERRY_FFMPEG", "VIDFERRY_FFPROBE", "VIDFERRY_JS_RUNTIME"],
  // QUEUE_URL is in none of them: they wake no workers.
  migrate: ["DATABASE_URL", "DATABASE_POOL", "LOG_LEVEL"],
  jobs: ["DATABASE_URL", "DATABASE_POOL", "REDIS_URL", "STORAGE_URL", "LOG_LEVEL"],
  batches: ["DATABASE_URL", "DATABASE_POOL", "REDIS_URL", "STORAGE_URL", "LOG_LEVEL"],
  schedules: [
    ...["DATABASE_URL", "DATABASE_POOL", "REDIS_URL", "STORAGE_URL", "LOG_LEVEL", "ALLOWED_HOSTS"],
    ...["ALLOW_PRIVATE_HOSTS", "MAX_ATTEMPTS", "SCHEDULE_MIN_SECONDS", "SCHEDULES_PER_OWNER"],
  ] as readonly VariableName[],
  accounts: ["DATABASE_URL", "DATABASE_POOL", "REDIS_URL", "STORAGE_URL", "LOG_LEVEL"],
  backup: ["DATABASE_URL", "DATABASE_POOL", "STORAGE_URL", "WORK_DIR"],
  restore: ["DATABASE_URL", "DATABASE_POOL", "STORAGE_URL", "WORK_DIR"],
  keys: ["DATABASE_URL", "DATABASE_POOL"],
  egresses: ["DATABASE_URL", "DATABASE_POOL", "REDIS_URL", "SECRETS_KEY", "EGRESS_COOLDOWN_SECONDS", "LOG_LEVEL"],
  engine: ["DATABASE_URL", "DATABASE_POOL", "WORK_DIR", "VIDFERRY_YTDLP", "ENGINE_INDEX"],
  drain: ["DATABASE_URL", "DATABASE_POOL", "REDIS_URL", "DRAIN_SECONDS", "LOG_LEVEL"],
};

/** The configuration of a command. Throws {@link ConfigError}. */
export function readConfig(command: string, environment: Environment): Config {
  const names = settingsOf[command];
  if (names === undefined) return parseConfig(environment);
  // The home folder is no setting, but `~` in one stands for it.
  const kept = new Set<string>([...names, "HOME"]);
  return parseConfig(Object.fromEntries(Object.entries(environment).filter(([name]) => kept.has(name))));
}
