/**
 * Which part may import what: the one place where this is written down. `core/src/architecture.test.ts` holds the sources to it,
 * and `docs/architecture.md` draws it.
 */

/** A folder or file, and what its modules may import besides one another. */
export interface Area {
  /** Path from the repository's root. A module belongs to the area with the longest path that it starts with. */
  readonly path: string;
  /** Paths of our own sources, in the same package. */
  readonly mayImport: readonly string[];
  /** Packages; `node:*` stands for all that start so, `*` for all but our own, which are always named. */
  readonly packages: readonly string[];
}

const inCore = (names: readonly string[]): string[] => names.map((name) => `core/src/${name}`);

/** Knows no runtime and no driver: web-standard globals and zod. */
const pure = (name: string, ...mayImport: readonly string[]): Area => ({
  path: `core/src/${name}`,
  mayImport: inCore(mayImport),
  packages: ["zod"],
});

/** The pure part of core, feature by feature: what each may know of the others. */
export const pureAreas: readonly Area[] = [
  pure("errors"),
  pure("runtime"),
  pure("telemetry", "errors", "jobs/states.ts"),
  pure(
    "egress",
    "audit",
    "database",
    "dependencies.ts",
    "errors",
    "idempotency",
    "jobs",
    "runtime",
    "secrets",
    "sources",
    "telemetry",
    "webhooks",
  ),
  pure("subtitles", "runtime"),
  pure("config", "errors", "jobs/leases.ts", "sources"),
  pure("sources", "dependencies.ts", "egress", "errors", "jobs", "pipeline", "runtime", "telemetry"),
  pure("accounts", "audit", "errors", "runtime"),
  pure("idempotency", "database", "dependencies.ts", "errors"),
  pure("secrets", "errors"),
  pure(
    "batches",
    "audit",
    "database",
    "dependencies.ts",
    "egress",
    "errors",
    "idempotency",
    "jobs",
    "pipeline",
    "runtime",
    "sources",
    "webhooks",
  ),
  pure(
    "webhooks",
    "accounts",
    "audit",
    "dependencies.ts",
    "errors",
    "idempotency",
    "jobs",
    "runtime",
    "secrets",
    "telemetry",
  ),
  pure(
    "schedules",
    "audit",
    "batches",
    "database",
    "dependencies.ts",
    "egress",
    "errors",
    "idempotency",
    "jobs",
    "library",
    "runtime",
    "sources",
    "webhooks",
  ),
  pure("audit", "runtime"),
  pure("stats", "errors", "jobs", "runtime"),
  pure("workers", "jobs", "runtime"),
  pure("engines", "audit", "errors", "pipeline"),
  pure(
    "database",
    "accounts",
    "audit",
    "batches",
    "engines",
    "egress",
    "errors",
    "idempotency",
    "jobs",
    "library",
    "maintenance/agenda.ts",
    "maintenance/orphans/sightings.ts",
    "maintenance/task-leases.ts",
    "runtime",
    "schedules",
    "stats",
    "webhooks",
    "workers",
  ),
  pure(
    "jobs",
    "audit",
    "batches",
    "database",
    "dependencies.ts",
    "egress",
    "errors",
    "idempotency",
    "library",
    "runtime",
    "sources",
    "telemetry",
    "webhooks",
  ),
  pure("library", "database", "dependencies.ts", "errors", "jobs", "runtime"),
  pure(
    "pipeline",
    "dependencies.ts",
    "egress",
    "errors",
    "jobs",
    "library",
    "runtime",
    "sources",
    "subtitles",
    "telemetry",
  ),
  pure(
    "maintenance",
    "database",
    "dependencies.ts",
    "errors",
    "jobs",
    "library",
    "pipeline",
    "runtime",
    "schedules",
    "sources",
    "telemetry",
    "webhooks",
  ),
  pure(
    "dependencies.ts",
    "batches",
    "database",
    "egress",
    "jobs",
    "library",
    "pipeline",
    "runtime",
    "schedules",
    "secrets",
    "sources",
    "telemetry",
    "webhooks",
  ),
  pure("backup", "database", "errors", "library", "runtime"),
  pure("model.ts", "batches", "errors", "jobs", "library", "runtime", "sources", "webhooks"),
];

/** Ports, models and rules: what an adapter may know of the features. Never the use cases that call it. */
const known = [
  "accounts",
  "audit",
  "backup/database-copies.ts",
  "batches",
  "database",
  "egress",
  "engines",
  "errors",
  "idempotency",
  "jobs",
  "library",
  "pipeline",
  "runtime",
  "schedules",
  "secrets",
  "sources",
  "stats",
  "subtitles",
  "telemetry",
  "webhooks",
  "workers",
  "maintenance/agenda.ts",
  "maintenance/orphans/sightings.ts",
  "maintenance/task-leases.ts",
];

// Functions that several adapters need: error codes and their meaning, opening files, a semaphore, batches, and time limits.
const hostWays = ["batcher", "disk-error", "ordinary-file", "system-error", "semaphore", "sleep", "within"].map(
  (name) => `adapters/system/${name}.ts`,
);

/** Knows the ports, the host and one driver, and no other adapter but the shared parts that are named. */
const adapter = (name: string, drivers: readonly string[], ...shared: readonly string[]): Area => ({
  path: `core/src/adapters/${name}`,
  mayImport: inCore([...known, ...hostWays, ...shared.map((part) => `adapters/${part}`)]),
  packages: ["node:*", ...drivers],
});

const adapterAreas: readonly Area[] = [
  adapter("memory", ["rate-limiter-flexible"]),
  adapter("store-queue", []),
  adapter("re2js", ["re2js"]),
  adapter("croner", ["croner"]),
  adapter("system", ["uuidv7"]),
  adapter("opentelemetry", ["@opentelemetry/*"]),
  adapter("pino", ["pino"], "system/redact.ts"),
  adapter("prometheus", ["prom-client"]),
  // How probes are asked and answered, on whichever service the questions lie.
  adapter("probe-relay", []),
  adapter("redis", ["ioredis", "rate-limiter-flexible"], "memory/rate-counter.ts", "probe-relay"),
  // What both dialects share knows the query builder alone.
  adapter("sql/shared", ["drizzle-orm"]),
  // A store that is made by itself, without a composition, takes the host's clock.
  adapter("sql/sqlite", ["drizzle-orm", "bun:sqlite"], "sql/shared", "system/clock.ts"),
  adapter(
    "sql/postgres",
    ["drizzle-orm", "postgres", "rate-limiter-flexible"],
    "sql/shared",
    "probe-relay",
    "memory/rate-counter.ts",
  ),
  adapter("blobs/local-disk", []),
  adapter("blobs/s3", ["@aws-sdk/*"]),
  adapter("sqs", ["@aws-sdk/client-sqs"]),
  // How a program is started, watched and ended; the programs stand on it.
  adapter("engine/process", []),
  adapter("engine/ffmpeg", ["fluent-ffmpeg", "zod"], "engine/media-index", "engine/process"),
  // Fetches plain files over several connections; how it gets out is given to it.
  adapter("engine/transfer", []),
  // Where the media lies in a file or among segments, and when; what is read is given to it.
  adapter("engine/media-index", []),
  adapter(
    "engine/yt-dlp",
    ["yt-dlp-wrap", "chardet", "sax", "zod"],
    "engine/media-index",
    "engine/process",
    "engine/transfer",
  ),
  // Other versions of yt-dlp on this machine; whether one runs is tried as yt-dlp is asked for its version.
  adapter("engine/installs", ["zod"], "engine/process", "engine/yt-dlp/python-program.ts", "engine/yt-dlp/options.ts"),
  adapter("engine/egress-guard", ["ipaddr.js", "socks"]),
  // How servers of the operator's own are asked.
  adapter("operator-server", []),
  adapter("libretranslate", ["zod"], "operator-server"),
  adapter("transcriber", ["zod"], "operator-server"),
  // Over the connections of the transfer, to addresses that the guard's policy has checked.
  adapter("webhooks", ["standardwebhooks"], "engine/egress-guard", "engine/transfer"),
];

/** All areas of the product. A module in none of them is a breach. */
export const areas: readonly Area[] = [
  ...pureAreas,
  ...adapterAreas,
  // The only part that names concrete adapters, and what hands it out.
  { path: "core/src/compose", mayImport: ["core/src"], packages: ["node:*"] },
  {
    path: "core/src/index.ts",
    mayImport: inCore([...known, "backup", "config", "maintenance", "dependencies.ts", "compose"]),
    packages: [],
  },
  // Its declarations must not need a test runner, so it imports none.
  {
    path: "testing/src",
    mayImport: [],
    packages: ["node:*", "@peculiar/x509", "reflect-metadata", "postgres", "@vidferry/core"],
  },
  { path: "sdk/src", mayImport: [], packages: ["*"] },
  { path: "web/src", mayImport: [], packages: ["*", "@vidferry/sdk"] },
  { path: "api/src", mayImport: ["api/package.json"], packages: ["*", "@vidferry/core"] },
  {
    path: "api/src/testing",
    mayImport: ["api/src", "api/package.json"],
    packages: ["*", "@vidferry/core", "@vidferry/testing"],
  },
  { path: "worker/src", mayImport: ["worker/package.json"], packages: ["*", "@vidferry/core"] },
  { path: "worker/src/testing", mayImport: ["worker/src"], packages: ["*", "@vidferry/core", "@vidferry/testing"] },
  {
    path: "cli/src",
    // For its version.
    mayImport: ["cli/package.json"],
    // Its demo runs against the double of YouTube in `testing`.
    packages: ["*", "@vidferry/api", "@vidferry/core", "@vidferry/sdk", "@vidferry/testing", "@vidferry/worker"],
  },
];

/** Parts of core that take the time from the clock port or the database, like all that is not an adapter. */
export const clockedParts: readonly string[] = [...pureAreas.map(({ path }) => path), "core/src/compose"];

/** Modules of these parts that may use a timer all the same, since it is not time that they wait for. */
export const unclocked: readonly string[] = [
  // The next turn of the event loop tells whether a transaction waits for something else.
  "core/src/database/transaction-watch.ts",
];

/** Who may read the environment: the programs' beginnings, the client's two variables, `PATH`, and what finds the tests' services. */
export const environmentReaders: readonly RegExp[] = [
  /^[^/]+\/src\/main\.ts$/,
  /^sdk\/src\/settings\.ts$/,
  /^core\/src\/compose\/callers-path\.ts$/,
  /^testing\/src\//,
  /^api\/src\/testing\//,
];
