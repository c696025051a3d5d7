/**
 * A worker in a process of its own, with a fake engine. A job whose URL contains `poison` kills the process; others run until
 * the file `go` exists.
 * Arguments: the database's URL, a folder for everything, the length of leases in ms, `pool` or `worker`.
 * @module
 */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { type AttemptDeps, noTelemetry } from "@vidferry/core";
import { cronerCalendar } from "@vidferry/core/croner";
import { localDiskBlobs, localWorkFolders } from "@vidferry/core/local-disk";
import { memoryEventLog, memorySignals } from "@vidferry/core/memory";
import { postgresStore, queryTimeoutWithin } from "@vidferry/core/postgres";
import { mayStillRun, nameWorker } from "@vidferry/core/process";
import { storeHintQueue } from "@vidferry/core/store-queue";
import { createIdGenerator, createSilentLogger, systemClock } from "@vidferry/core/system";
import { createFakeEngine, fixedEgress, roomyLimits } from "@vidferry/testing";
import { startPool } from "../pool.ts";
import { startWorker } from "../worker.ts";

const [url = "", folder = "", lease = "", kind] = process.argv.slice(2);
const leaseMs = Number(lease);
const clock = systemClock;
const store = postgresStore({ url, queryTimeoutMs: queryTimeoutWithin(leaseMs) });
const engine = createFakeEngine({
  resolve: async (source) => ({ title: source.includes("poison") ? "poison" : "innocent" }),
  fetch: async ({ signal }) => {
    while (!existsSync(join(folder, "go"))) await clock.sleep(50, signal);
  },
});
const deps: AttemptDeps = {
  clock,
  database: store,
  ids: createIdGenerator(),
  logger: createSilentLogger(),
  telemetry: noTelemetry,
  calendar: cronerCalendar(),
  queue: storeHintQueue({ database: store, clock }),
  signals: memorySignals(),
  events: memoryEventLog({ clock }),
  blobs: localDiskBlobs({ directory: join(folder, "files") }),
  workFolders: localWorkFolders({
    directory: join(folder, "work"),
    worker: { name: nameWorker("folders"), mayStillRun },
  }),
  downloader: {
    ...engine.downloader,
    fetch: async (resolution, options) => {
      if (resolution.media.title === "poison") {
        // Give concurrent jobs time to start.
        await clock.sleep(300, options.signal);
        process.kill(process.pid, "SIGKILL");
      }
      return await engine.downloader.fetch(resolution, options);
    },
  },
  egresses: fixedEgress({ proxyUrl: "http://127.0.0.1:9" }),
  transcoder: engine.transcoder,
};
const options = { host: "one-host", concurrency: 30, leaseMs, limits: roomyLimits, retentionMs: null };
if (kind === "pool") startPool(deps, { ...options, name: nameWorker(deps.ids.next("wrk")) });
else {
  const worker = await startWorker(deps, {
    ...options,
    ...{ maintenance: { everyMs: 200, leaseMs }, version: "1.2.3", standalone: true },
    onDrainAsked: () => void worker.stop(60_000).then(() => process.exit()),
  });
}
