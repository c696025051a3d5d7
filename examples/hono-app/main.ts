import { composeApi } from "@vidferry/api";
import { parseConfig } from "@vidferry/core";
import { openService, stopService } from "@vidferry/core/compose";
import { createPinoLogger } from "@vidferry/core/pino";
import { startEngineWorker } from "@vidferry/worker";
import { Hono } from "hono";

// DATABASE_URL, STORAGE_URL, WORK_DIR, AUTH, PROXY_URL …, as for the service.
const config = parseConfig(process.env);
const stop = new AbortController();
const options = {
  ...{ signal: stop.signal, migrate: true, metrics: false },
  program: { service: "hono-app", version: "1.0.0" },
};
const service = await openService(config, createPinoLogger({ level: "warn" }), options, async (opened) => opened);
// Jobs are run in this process too. Without a worker here those of other hosts run them, on the same PostgreSQL.
const { engine, worker, stopProbes } = await startEngineWorker(config, service);
const api = composeApi(config, service, {
  ...{ engine, maintenance: worker.maintenance },
  config: { basePath: "/media", dashboard: false },
});

const site = new Hono<{ Bindings: { readonly address?: string } }>();
site.get("/", (c) => c.html('<h1>My own page</h1><p>Downloads are at <a href="/media/docs">/media</a>.</p>'));
// Without keys the API answers this machine alone: it must be told who asks.
site.mount("/media", (request, { address }) => api.app.fetch(request, { address }));

// Event streams may be silent for longer than a server's usual limit.
const server = Bun.serve({
  port: Number(process.env["PORT"] ?? 3000),
  hostname: "127.0.0.1",
  idleTimeout: 0,
  fetch: (request, server) => site.fetch(request, { address: server.requestIP(request)?.address }),
});
console.log(`listening on ${server.url}`);

for (const signal of ["SIGINT", "SIGTERM"] as const)
  process.once(signal, async () => {
    stop.abort();
    await server.stop(true);
    await stopService(service, [worker.stop(10_000), stopProbes(), api.close()]);
    process.exit(0);
  });
