import type { AttemptDeps, AttemptLimits, DownloadRequest } from "@vidferry/core";
import { defaultHostPolicy, type Job, localOwner, readRequest, submitJob } from "@vidferry/core";
import { cronerCalendar } from "@vidferry/core/croner";
import { localDiskBlobs, localWorkFolders } from "@vidferry/core/local-disk";
import { memoryEventLog, memorySignals, memoryStore } from "@vidferry/core/memory";
import { storeHintQueue } from "@vidferry/core/store-queue";
import { createIdGenerator, createMemoryTelemetry, createSilentLogger, systemClock } from "@vidferry/core/system";
import { createFakeEngine, type FakeEngine, type FakeEngineSteps } from "./fake-engine.ts";
import { tempDir } from "./temp-dir.ts";
import { fixedEgress } from "./through-egress.ts";

/** Everything an attempt needs, in memory and in a folder of its own, with a fake engine. */
export interface ServiceFixture extends AsyncDisposable {
  readonly deps: AttemptDeps;
  readonly engine: FakeEngine;
  /** Submits a job of the sample video. */
  submit(request?: Partial<DownloadRequest>): Promise<Job>;
  /** Claims the job for a worker of this name; throws when it cannot be claimed. */
  claim(job: Job, worker?: string): Promise<Job>;
}

export const roomyLimits: AttemptLimits = { maxFileBytes: null, stallMs: 10_000, timeoutMs: 60_000, minFreeBytes: 0 };

/** Makes a fixture; `overrides` replaces single parts. */
export async function createServiceFixture(
  steps: FakeEngineSteps = {},
  overrides: Partial<AttemptDeps> = {},
): Promise<ServiceFixture> {
  const dir = await tempDir("vidferry-fixture-");
  const clock = overrides.clock ?? systemClock;
  const store = overrides.database ?? memoryStore({ clock });
  const engine = createFakeEngine(steps);
  const deps: AttemptDeps = {
    clock,
    database: store,
    ids: createIdGenerator(),
    logger: createSilentLogger(),
    telemetry: createMemoryTelemetry(),
    calendar: cronerCalendar(),
    queue: storeHintQueue({ database: store, clock }),
    signals: memorySignals(),
    events: memoryEventLog({ clock }),
    blobs: localDiskBlobs({ directory: `${dir.path}/files` }),
    workFolders: localWorkFolders({ directory: `${dir.path}/work` }),
    downloader: engine.downloader,
    egresses: fixedEgress({ proxyUrl: "http://127.0.0.1:9" }),
    transcoder: engine.transcoder,
    ...overrides,
  };
  return {
    deps,
    engine,
    submit: async (request = {}) => {
      const url = "https://www.youtube.com/watch?v=sample00001";
      const written = { url, ...request };
      const input = {
        owner: localOwner,
        request: readRequest(written),
        written,
        idempotencyKey: null,
        requestId: null,
        traceparent: null,
      };
      const servers = { translator: true, transcriber: true };
      return (await submitJob(deps, { hosts: defaultHostPolicy, maxAttempts: 3, servers }, input)).job;
    },
    claim: async (job, worker = "worker-1") => {
      const [claimed] = await store.attempts.claim([job.id], { worker, host: "host-1", leaseMs: 5_000, alone: true });
      if (claimed === undefined) throw new Error(`job ${job.id} could not be claimed`);
      await store.attempts.heartbeat({ jobId: job.id, attempt: claimed.attempt }, 5_000, { stage: "resolving" });
      return { ...claimed, stage: "resolving" };
    },
    [Symbol.asyncDispose]: async () => {
      await Promise.all([deps.queue.close(), deps.signals.close(), deps.events.close(), deps.blobs.close()]);
      await store.close();
      await dir[Symbol.asyncDispose]();
    },
  };
}
