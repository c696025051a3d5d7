/**
 * The API with everything but a store: each POST /downloads is validated, counted, answered and logged, and its job forgotten.
 * Usage: bun bench/stack-api.ts off|keys [redis://…]. Prints its port and, with keys, a key.
 */
import { openSync, writeSync } from "node:fs";
import { createApp } from "../api/src/app.ts";
import { createOpenAuth } from "../api/src/auth/auth.ts";
import { createKeyAuth } from "../api/src/auth/keys.ts";
import { defaultApiConfig } from "../api/src/config.ts";
import { startServer } from "../api/src/http/server.ts";
import { createLimits } from "../api/src/limits/limits.ts";
import type { ApiService } from "../api/src/service.ts";
import { createFakeService } from "../api/src/testing/fake-service.ts";
import { makeJob } from "../api/src/testing/samples.ts";
import { memoryRateCounter, memoryStore } from "../core/src/adapters/memory/index.ts";
import { createPinoLogger } from "../core/src/adapters/pino/index.ts";
import { redisHub, redisRateCounter } from "../core/src/adapters/redis/index.ts";
import { createIdGenerator, systemClock } from "../core/src/adapters/system/index.ts";
import { createApiKey, parseSourceUrl } from "../core/src/index.ts";

const [mode = "off", redisUrl] = process.argv.slice(2);
const ids = createIdGenerator();
const clock = systemClock;
const nothing = openSync("/dev/null", "w");
const logger = createPinoLogger({ level: "info", destination: { write: (line) => void writeSync(nothing, line) } });
const hosts = { allowedHosts: ["youtube.com"], allowPrivateHosts: [] };

/** What every job has. Made once: the request of an example is validated for it. */
const empty = makeJob(1);
const service: ApiService = {
  ...createFakeService(),
  submit: async ({ owner, body }) => {
    const { url } = parseSourceUrl(body.url, hosts);
    const now = clock.now();
    const made = { id: ids.next("job"), owner, request: { ...body, url }, labels: body.labels };
    return { job: { ...empty, ...made, createdAt: now, updatedAt: now }, repeated: false };
  },
};

const store = memoryStore({ clock });
const { key, secret } = await createApiKey({ ids, clock }, { name: "bench", owner: "bench", scopes: ["admin"] });
await store.keys.insert(key);
const counter =
  redisUrl === undefined ? memoryRateCounter() : redisRateCounter({ hub: redisHub({ url: redisUrl, logger }), logger });
const limits = createLimits(
  { requestsPerMinute: 100_000_000, anonymousPerMinute: 600, wrongKeysPerMinute: 30 },
  { counter, clock, limitOf: async (owner) => (await store.accounts.get(owner))?.limits.requestsPerMinute ?? null },
);
const guesses = limits.guesses === null ? {} : { guesses: limits.guesses };
const on = { auth: createKeyAuth({ keys: store.keys, clock, logger, ...guesses }), limits };
const app = createApp({
  service,
  ...(mode === "keys" ? on : { auth: createOpenAuth() }),
  config: { ...defaultApiConfig, version: "bench" },
  logger,
});
const server = await startServer({ app, host: "127.0.0.1", port: 0, logger });
console.log(JSON.stringify({ url: server.url, secret }));
