import { expect, test } from "bun:test";
import { memoryStore } from "../adapters/memory/index.ts";
import { createSilentLogger, systemClock } from "../adapters/system/index.ts";
import { ConfigError } from "../config/config.ts";
import { defaultBreaker } from "../egress/breaker.ts";
import { defaultSettings } from "../egress/egress.ts";
import { firstChoice, useEngine } from "../engines/engine-choice.ts";
import { composeMetrics, serveMetrics, showEgresses, showEngines, showServiceState, showWorker } from "./metrics.ts";
import type { ServiceState } from "./service-state.ts";

const logger = createSilentLogger();
const lane = (depth: number, oldestAgeMs: number | null) => ({ depth, oldestAgeMs });
const state: ServiceState = {
  jobs: { scheduled: 1, queued: 2, paused: 0, running: 3, succeeded: 9, failed: 1, canceled: 0 },
  queue: {
    lanes: { high: lane(0, null), normal: lane(2, 1_500), low: lane(0, null) },
    waiting: { retry: 4 },
    running: 3,
    isWhole: true,
  },
  storedBytes: 7_000,
};

test("the metrics show what the database knows, and nothing when nothing is known", async () => {
  const metrics = await composeMetrics(logger, "1.2.3");
  let known = true;
  showServiceState(metrics, { read: async () => (known ? { state, ageSeconds: 3 } : null) });
  const text = await metrics.text();
  for (const line of [
    'vidferry_build_info{version="1.2.3"} 1',
    'vidferry_jobs{state="succeeded"} 9',
    'vidferry_queue_depth{lane="normal"} 2',
    'vidferry_queue_oldest_age_seconds{lane="normal"} 1.5',
    'vidferry_queue_oldest_age_seconds{lane="high"} 0',
    'vidferry_queue_waiting{reason="retry"} 4',
    'vidferry_queue_waiting{reason="live"} 0',
    "vidferry_stored_bytes 7000",
    "vidferry_state_age_seconds 3",
  ])
    expect(text.split("\n")).toContain(line);
  known = false;
  expect(await metrics.text()).not.toMatch(/^vidferry_(jobs|queue_depth|stored_bytes|state_age_seconds)(\{.*\})? \d/m);
});

test("the metrics show what a worker may do and the room it has, and a look that fails spoils nothing", async () => {
  const metrics = await composeMetrics(logger, "1.2.3");
  metrics.beforeText(() => Promise.reject(new Error("no")));
  let free: () => Promise<number | null> = async () => 5_000;
  showWorker(metrics, { concurrency: 4, reserveBytes: 1_000, freeBytes: () => free() });
  const text = await metrics.text();
  for (const line of [
    "vidferry_worker_concurrency 4",
    "vidferry_work_disk_free_bytes 5000",
    "vidferry_work_disk_reserve_bytes 1000",
  ])
    expect(text.split("\n")).toContain(line);
  free = () => Promise.reject(new Error("the disk is gone"));
  expect(await metrics.text()).not.toMatch(/^vidferry_work_disk_free_bytes \d/m);
});

test("the metrics show the state and the budget of each egress, and none of one that is gone", async () => {
  const metrics = await composeMetrics(logger, "1.2.3");
  const database = memoryStore({ clock: systemClock });
  showEgresses(metrics, database, defaultBreaker);
  const id = `egr_${"1".repeat(32)}` as const;
  const settings = { ...defaultSettings, id, name: "homes", enabled: false, proxy: null, cookies: null };
  await database.egresses.insert(settings);
  const lines = (await metrics.text()).split("\n");
  for (const line of [
    'vidferry_egress_state{egress="direct",state="ready"} 1',
    'vidferry_egress_state{egress="direct",state="blocked"} 0',
    'vidferry_egress_state{egress="homes",state="disabled"} 1',
    'vidferry_egress_used_this_hour{egress="homes"} 0',
    'vidferry_egress_budget{egress="homes"} 250',
  ])
    expect(lines).toContain(line);
  await database.egresses.remove(id);
  expect(await metrics.text()).not.toMatch(/^vidferry_egress[^#]*homes/m);
});

test("the versions of yt-dlp are shown with their share of the attempts, until others are chosen", async () => {
  const metrics = await composeMetrics(logger, "1.2.3");
  const database = memoryStore({ clock: systemClock });
  showEngines(metrics, database);
  const shown = async () =>
    (await metrics.text()).split("\n").filter((line) => line.startsWith("vidferry_engine_share{"));
  expect(await shown()).toEqual(['vidferry_engine_share{version="settings",role="current"} 1']);
  await database.engineChoices.write(0, useEngine(firstChoice, "2026.11.20", 0.25));
  expect(await shown()).toEqual([
    'vidferry_engine_share{version="settings",role="current"} 0.75',
    'vidferry_engine_share{version="2026.11.20",role="trial"} 0.25',
  ]);
  await database.engineChoices.write(1, useEngine(firstChoice, "2026.11.20", 1));
  expect(await shown()).toEqual(['vidferry_engine_share{version="2026.11.20",role="current"} 1']);
});

test("the port of the metrics is the operator's: none is opened without it, and one that is taken is named", async () => {
  const metrics = await composeMetrics(logger, "1.2.3");
  await (await serveMetrics(metrics, { METRICS_HOST: "127.0.0.1", METRICS_PORT: null }, logger))();
  using taken = Bun.serve({ port: 0, hostname: "127.0.0.1", fetch: () => new Response() });
  const port = taken.port ?? 0;
  const refused = serveMetrics(metrics, { METRICS_HOST: "127.0.0.1", METRICS_PORT: port }, logger);
  await expect(refused).rejects.toThrow(ConfigError);
  await expect(refused).rejects.toThrow(/METRICS_PORT: expected a port of 127\.0\.0\.1 that is free/);
  const stop = await serveMetrics(metrics, { METRICS_HOST: "127.0.0.1", METRICS_PORT: 0 }, logger);
  await stop();
});
