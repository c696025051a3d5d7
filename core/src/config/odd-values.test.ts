import { describe, expect, test } from "bun:test";
import { ConfigError, parseConfig } from "./config.ts";
import { type VariableName, variables } from "./variables.ts";

/** What a value is taken for; `refused`: the start ends with exit code 78 and the variable's name. */
const refused = Symbol("refused");
type Cases = Readonly<Record<string, unknown>>;

const path = (standard: string): Cases => ({
  [` ${standard} `]: standard,
  "~/x y": "/home/me/x y",
  "~": "/home/me",
  "~you/x": refused,
  "'./x'": "./x",
});
const wholeNumber = (fine: number): Cases => ({
  [` ${fine}\n`]: fine,
  [`"${fine}"`]: fine,
  [`0${fine}`]: fine,
  [`${fine}s`]: refused,
  [`${fine}.5`]: refused,
  "-1": refused,
  "1e3": refused,
  "1,000": refused,
  unlimited: refused,
});

/** Values that are odd but plausible, for every variable. */
const cases: Readonly<Record<VariableName, Cases>> = {
  HOST: {
    " 0.0.0.0 ": "0.0.0.0",
    LocalHost: "localhost",
    "localhost.": "localhost",
    "[::1]": "::1",
    "::": "::",
    "http://127.0.0.1": refused,
    "127.0.0.1:8080": refused,
    "*": refused,
    "my host": refused,
  },
  PORT: { ...wholeNumber(9000), "0": 0, "65536": refused, ":8080": refused },
  PUBLIC_URL: {
    " https://v.example/ ": "https://v.example",
    "HTTPS://v.example/yt//": "https://v.example/yt",
    "https://v.example/?": "https://v.example",
    "https://v.example/?a=1": refused,
    "https://v.example/#/app": refused,
    "v.example": refused,
    "localhost:8080": refused,
  },
  AUTH: { " Keys ": "keys", OFF: "off", none: refused },
  DATABASE_URL: {
    " sqlite:./x.db ": "sqlite:./x.db",
    "SQLite:./x.db": "sqlite:./x.db",
    "sqlite:~/x.db": "sqlite:/home/me/x.db",
    "sqlite://~/x.db": "sqlite:///home/me/x.db",
    "sqlite:~you/x.db": refused,
    "sqlite:": refused,
    "sqlite://": refused,
    "./x.db": refused,
    "Postgres://u:p@db/x\n": "postgres://u:p@db/x",
    "postgres:db": refused,
    "db:5432/x": refused,
  },
  DATABASE_POOL: wholeNumber(20),
  QUEUE_URL: { "sqs://queue": refused, vidferry: refused, "arn:aws:sqs:eu-west-1:1:vidferry": refused },
  DATABASE_LISTEN_URL: { "db:5432": refused, "sqlite:./a.db": refused, "pg://db/vidferry": refused },
  REDIS_URL: { "localhost:6379": refused, "redis:host": refused, host: refused },
  STORAGE_URL: {
    "file:./files ": "file:./files",
    "file:~/files": "file:/home/me/files",
    "FILE:///srv/files": "file:///srv/files",
    "file:": refused,
    "/srv/files": refused,
    " S3://bucket/x ": "s3://bucket/x",
    "s3:bucket": refused,
  },
  CDN_URL: { "cdn.example": refused, "https://cdn.example/?x=1": refused },
  CDN_KEY_PAIR_ID: {},
  CDN_PRIVATE_KEY_FILE: {},
  CDN_PRIVATE_KEY: {},
  LINK_SECONDS: wholeNumber(600),
  LINK_SECRET: {
    [` ${"s".repeat(32)}\n`]: "s".repeat(32),
    [`~/${"s".repeat(32)}`]: `~/${"s".repeat(32)}`,
    short: refused,
  },
  SECRETS_KEY: {
    [` ${"s".repeat(32)}\n`]: ["s".repeat(32)],
    [`${"s".repeat(32)}, ${"t".repeat(40)}`]: ["s".repeat(32), "t".repeat(40)],
    [`${"s".repeat(32)},short`]: refused,
    short: refused,
  },
  WEBHOOK_DELIVERY: { Yes: "on", "0": "off", never: refused },
  WEBHOOK_TIMEOUT_SECONDS: { ...wholeNumber(5), "1": refused, "61": refused },
  WEBHOOK_LOG_SECONDS: wholeNumber(604_800),
  WORK_DIR: path("./work"),
  ECS_AGENT_URI: { " http://169.254.170.2/api/1/ ": "http://169.254.170.2/api/1", "169.254.170.2": refused },
  MACHINE_NAME: { " one ": "one", ["m".repeat(201)]: refused },
  DIRECT_ADDRESS: { " office ": "office", ["a".repeat(201)]: refused },
  WORKER_CONCURRENCY: wholeNumber(4),
  ALLOWED_HOSTS: {
    "https://www.youtube.com/": ["youtube.com"],
    "*.youtube.com": ["youtube.com"],
    "YouTube.com, youtu.be": ["youtube.com", "youtube.com"],
    "HTTPS://*.Vimeo.com/ , .example.org;example.net.": ["vimeo.com", "example.org", "example.net"],
    "münchen.example": ["xn--mnchen-3ya.example"],
    "*": ["*"],
    "example.org/videos": refused,
    "example.org:8080": refused,
    "exa*mple.org": refused,
    "ftp://example.org": refused,
    "10.0.0.1": refused,
    localhost: refused,
    nas: refused,
  },
  ALLOW_PRIVATE_HOSTS: {
    "http://NAS.local:8096/": ["nas.local:8096"],
    "10.0.0.5 , nas": ["10.0.0.5", "nas"],
    "::1": ["[::1]"],
    "[FD00::1]:80": ["[fd00::1]:80"],
    "10.0.0.0/8": refused,
    "*": refused,
    "*.local": refused,
    "nas:http": refused,
    "nas:70000": refused,
    "nas..local": refused,
  },
  PROXY_URL: {
    " SOCKS5://proxy:1080 ": "socks5://proxy:1080",
    "proxy:8080": refused,
    "127.0.0.1:8080": refused,
    "ftp://proxy": refused,
  },
  EGRESS_COOLDOWN_SECONDS: { ...wholeNumber(5), "0": refused, "86401": refused },
  CONNECTIONS_PER_STREAM: { ...wholeNumber(8), "0": refused, "17": refused },
  CA_FILE: path("./ca.pem"),
  LIBRETRANSLATE_URL: {
    " HTTP://127.0.0.1:5000/ ": "http://127.0.0.1:5000",
    "translate.example": refused,
    "https://user@translate.example": refused,
  },
  LIBRETRANSLATE_API_KEY: { " key ": "key" },
  TRANSCRIBER_URL: {
    " HTTPS://speech.example/v1/ ": "https://speech.example/v1",
    "speech.example": refused,
    "https://user@speech.example": refused,
  },
  TRANSCRIBER_KEY: { " key ": "key" },
  TRANSCRIBER_MODEL: { " large-v3 ": "large-v3" },
  TRANSCRIBER_TIMEOUT_SECONDS: { ...wholeNumber(300), "0": refused, "3601": refused },
  COOKIES_FILE: path("./cookies.txt"),
  ORPHAN_MAX_SHARE: { " 0.25": 0.25, "0": 0, ".1": 0.1, "10%": refused, "10": refused, "-1": refused, "0,1": refused },
  MAX_FILE_BYTES: {
    " 2 GiB ": 2 * 1024 ** 3,
    "500mb": 500e6,
    "1.5g": 1.5e9,
    "0": refused,
    "1,5GB": refused,
    "2 GiB/s": refused,
    "-1": refused,
    unlimited: refused,
    "9999999TB": refused,
  },
  MAX_DURATION_SECONDS: wholeNumber(60),
  ALLOW_LIVE: { True: "on", "0": "off", " OFF ": "off", always: refused },
  LIVE_MAX_SECONDS: wholeNumber(60),
  MIN_FREE_BYTES: { "0": 0, " 1GiB": 1024 ** 3, "10%": refused },
  REUSE: { " Shared ": "shared", OWNER: "owner", off: "off", all: refused },
  REUSE_SECONDS: { ...wholeNumber(60), "0": 0, "7d": refused },
  LOOK_SECONDS: { ...wholeNumber(60), "0": 0, "3601": refused, "7d": refused },
  RETENTION_SECONDS: { ...wholeNumber(60), "0": refused, "7d": refused },
  HISTORY_SECONDS: wholeNumber(604_800),
  AUDIT_SECONDS: wholeNumber(86_400),
  BATCH_SECONDS: wholeNumber(86_400),
  SCHEDULE_MIN_SECONDS: { ...wholeNumber(300), "0": refused },
  SCHEDULES_PER_OWNER: { ...wholeNumber(50), "0": 0 },
  ORPHAN_SECONDS: wholeNumber(60),
  MAX_ATTEMPTS: { ...wholeNumber(5), "0": refused },
  JOB_TIMEOUT_SECONDS: wholeNumber(60),
  STALL_TIMEOUT_SECONDS: wholeNumber(60),
  LEASE_SECONDS: wholeNumber(60),
  DRAIN_SECONDS: { ...wholeNumber(60), "0": 0 },
  MAX_STREAMS: wholeNumber(50),
  MAX_STREAMS_PER_KEY: wholeNumber(50),
  CORS_ORIGINS: {
    "https://app.example/": ["https://app.example"],
    "HTTPS://App.Example:443 http://localhost:3000": ["https://app.example", "http://localhost:3000"],
    "capacitor://localhost": ["capacitor://localhost"],
    "*": ["*"],
    "app.example": refused,
    "https://app.example/page": refused,
    "https://*.example": refused,
  },
  REQUESTS_PER_MINUTE: { ...wholeNumber(100), "0": 0 },
  ANONYMOUS_PER_MINUTE: { ...wholeNumber(100), "0": 0 },
  WRONG_KEYS_PER_MINUTE: { ...wholeNumber(100), "0": 0 },
  TRUSTED_PROXIES: {
    " Loopback, PRIVATE ": ["loopback", "private"],
    "10.0.0.7;192.168.0.0/16": ["10.0.0.7", "192.168.0.0/16"],
    "2001:DB8::/32 ::1": ["2001:db8::/32", "::1"],
    "10.0.0.0/33": refused,
    "10.0.0.7:80": refused,
    "proxy.example": refused,
    "*": refused,
    "10.0.0": refused,
  },
  TRACEPARENT_FROM: { " Private;10.0.0.7 ": ["private", "10.0.0.7"], "caller.example": refused },
  METRICS_PORT: { "9100": 9100, "0": 0, "65536": refused, "-1": refused, on: refused },
  METRICS_HOST: { "0.0.0.0": "0.0.0.0", "[::]": "::", "10.0.0.7:9100": refused },
  OTEL_EXPORTER_OTLP_ENDPOINT: { " http://127.0.0.1:4318/ ": "http://127.0.0.1:4318", "127.0.0.1:4318": refused },
  OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: { "grpc://127.0.0.1": refused },
  OTEL_TRACES_EXPORTER: { OTLP: "otlp", " none ": "none", zipkin: refused },
  LOG_LEVEL: { INFO: "info", " Warning ": "warn", none: refused },
  VIDFERRY_YTDLP: path("yt-dlp"),
  YTDLP_PLUGIN_DIRS: { " /a:/b: ": ["/a", "/b"], "~/plugins": ["/home/me/plugins"] },
  PLAYER_CLIENTS: {
    "web_embedded,tv  mweb": ["web_embedded,tv", "mweb"],
    None: [],
    "tv;exec=1": refused,
    "-web": ["-web"],
  },
  POT_PROVIDER_URL: { "http://pot:4416/": "http://pot:4416", "pot:4416": refused },
  YTDLP_WARM: { True: "on", "0": "off", " OFF ": "off", warm: refused },
  ENGINE_INDEX: { " HTTPS://pypi.example/simple/ ": "https://pypi.example/simple", "pypi.example": refused },
  ENGINE_LOOK: { True: "on", "0": "off", daily: refused },
  VIDFERRY_FFMPEG: path("ffmpeg"),
  VIDFERRY_FFPROBE: path("ffprobe"),
  VIDFERRY_JS_RUNTIME: {
    "Deno:/usr/bin/deno": "deno:/usr/bin/deno",
    "node:~/bin/node": "node:/home/me/bin/node",
    "/usr/bin/deno": refused,
    deno: refused,
    "bun:/usr/bin/bun": refused,
  },
};

/** Variables that are only allowed together with others. */
const together: Partial<Record<VariableName, Record<string, string>>> = {
  HOST: { AUTH: "keys" },
  CORS_ORIGINS: { AUTH: "keys" },
};

function read(name: VariableName, value: string): unknown {
  try {
    return parseConfig({ HOME: "/home/me", ...together[name], [name]: value })[name];
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    expect(error.problems).toEqual([expect.stringContaining(name)]);
    return refused;
  }
}

describe("a value that is odd but plausible is understood, or refused by its variable's name; it is never silently dead", () => {
  for (const name of Object.keys(variables) as VariableName[]) {
    test(name, () => {
      for (const [value, meaning] of Object.entries(cases[name])) {
        expect([value, read(name, value)]).toEqual([value, meaning]);
      }
      // Whatever the variable: nothing but blanks is nothing.
      expect(read(name, " \t")).toEqual(parseConfig({})[name]);
    });
  }

  test("a home folder that is not known is said", () => {
    expect(() => parseConfig({ STORAGE_URL: "file:~/files" })).toThrow(/STORAGE_URL: expected a path .*HOME/);
  });
});
