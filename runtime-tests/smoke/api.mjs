// The installed API under a path of somebody's app, on jobs in a SQLite file, with nobody who runs them.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { composeApi } from "@vidferry/api";
import { parseConfig } from "@vidferry/core";
import { openService } from "@vidferry/core/compose";
import { createSilentLogger } from "@vidferry/core/system";
import { startEngineWorker } from "@vidferry/worker";
import { Hono } from "hono";

const folder = await mkdtemp(join(tmpdir(), "vidferry-smoke-"));
try {
  const places = { DATABASE_URL: `sqlite:${folder}/jobs.db`, STORAGE_URL: `file:${folder}/files`, WORK_DIR: folder };
  const config = parseConfig(places);
  const { signal } = new AbortController();
  const options = { signal, migrate: true, metrics: false, program: { service: "smoke", version: "1.0.0" } };
  const service = await openService(config, createSilentLogger(), options, async (opened) => opened);
  const maintenance = { checks: () => [] };
  const api = composeApi(config, service, { engine: null, maintenance, config: { basePath: "/media" } });
  const site = new Hono();
  site.mount("/media", (request, { address }) => api.app.fetch(request, { address }));
  const send = (path, init) =>
    site.fetch(new Request(new URL(path, "http://localhost"), init), { address: "127.0.0.1" });
  const made = await send("/media/api/v1/downloads", {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ url: "https://youtu.be/dQw4w9WgXcQ" }),
  });
  const location = made.headers.get("location");
  const { state } = await (await send(location)).json();
  const { servers } = await (await send("/media/openapi.json")).json();
  await api.close();
  await service.close();
  const isUnder = location.startsWith("/media/api/v1/downloads/job_");
  console.log(JSON.stringify({ status: made.status, isUnder, state, servers, worker: typeof startEngineWorker }));
} finally {
  await rm(folder, { recursive: true, force: true });
}
