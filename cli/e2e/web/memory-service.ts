import {
  type ApiConfig,
  createApp,
  createKeyAuth,
  createOpenAuth,
  createService,
  defaultApiConfig,
  type RunningServer,
  startServer,
} from "@vidferry/api";
import {
  AppError,
  type AttemptDeps,
  announce,
  createApiKey,
  createSecretBox,
  type DownloadRequestInput,
  defaultHostPolicy,
  type ErrorCode,
  errorCodes,
  expandBatch,
  isRetryable,
  type Job,
  type JobState,
  type KeyId,
  localOwner,
  type Media,
  type NewApiKey,
  noProgress,
  ownerTopic,
  type Probe,
  type ProbeLink,
  type Progress,
  readRequest,
  type StoredArtifact,
  type WebhookSupport,
} from "@vidferry/core";
import { systemClock } from "@vidferry/core/system";
import { createServiceFixture, eventually } from "@vidferry/testing";

/** A job to put into the store, in a state that it had to be brought to by hours of work. */
export interface SeededJob {
  readonly title?: string;
  readonly state?: Extract<JobState, "queued" | "running" | "succeeded" | "failed" | "canceled">;
  /** Of one that failed. */
  readonly code?: ErrorCode;
  readonly request?: Partial<DownloadRequestInput>;
  readonly media?: Partial<Media>;
  /** Of one that succeeded. Their bytes are not there. Default: none, as of one whose files have expired. */
  readonly artifacts?: readonly StoredArtifact[];
  readonly labels?: Readonly<Record<string, string>>;
}

/** Options of {@link startMemoryService}. */
export interface MemoryServiceOptions {
  /** Whether it asks for keys. Default: "off". */
  readonly auth?: "keys" | "off";
  readonly config?: Partial<ApiConfig>;
}

/** A request, and how it would be answered. */
export type Intercept = (request: Request, next: () => Promise<Response>) => Promise<Response>;

/** The real API and its dashboard over a store in memory, in this process. */
export interface MemoryService extends AsyncDisposable {
  readonly url: string;
  readonly deps: AttemptDeps;
  /** What links offer, by link; a probe of another one fails. */
  readonly probes: Map<string, Probe>;
  /** Stands between the service and its clients; null: nothing does. Streams of events are not answered again. */
  intercept: Intercept | null;
  /** Puts a job into the store and tells the followers. */
  seed(job?: SeededJob): Promise<Job>;
  /** Puts so many queued jobs into the store, and tells nobody. */
  seedMany(count: number): Promise<void>;
  /** Tells how far a running job is. */
  progress(job: Job, progress: Partial<Progress>): Promise<void>;
  job(id: string): Promise<Job | null>;
  /** All jobs, newest first. */
  jobs(): Promise<readonly Job[]>;
  /** Does a worker's part of a batch: makes the jobs of the next one that was asked for. */
  expand(): Promise<void>;
  /** Makes a key; gives its secret. */
  key(input: NewApiKey): Promise<{ readonly secret: string; readonly id: KeyId }>;
  /** Lets time pass for the service. */
  later(ms: number): void;
  /** Takes the service away, as a crash does: connections are cut. */
  stop(): Promise<void>;
  /** Brings it back at the same address. */
  start(): Promise<void>;
}

const pageOf = (id: string): string => `https://www.youtube.com/watch?v=${id}`;
let serial = 0;

/** Starts it. What a page shows can so be brought about within milliseconds, and answers be changed as other versions give them. */
export async function startMemoryService({
  auth = "off",
  config = {},
}: MemoryServiceOptions = {}): Promise<MemoryService> {
  const box = createSecretBox(async () => ["k".repeat(32)]);
  const webhookSupport: WebhookSupport = {
    secrets: box,
    sender: {
      timeoutMs: 1,
      refuses: () => null,
      send: async () => ({ kind: "failed", error: "Nothing is sent here." }),
    },
    ...{ publicUrl: null, refused: null },
  };
  let passedMs = 0;
  const clock = { ...systemClock, now: () => new Date(Date.now() + passedMs) };
  const fixture = await createServiceFixture({}, { clock, secretSupport: { box, refused: null }, webhookSupport });
  const { deps } = fixture;
  const { database, ids, logger } = deps;
  const probes = new Map<string, Probe>();
  const probe: ProbeLink = async (url, { cursor, offset = 0 }) => {
    const found = probes.get(url);
    if (found === undefined) throw new AppError("video_removed", "The video is not there.");
    // Behind its first page a list has nothing.
    const isBehind = cursor !== undefined || offset > 0;
    return found.kind === "playlist" && isBehind ? { ...found, entries: [], nextCursor: null } : found;
  };
  const hosts = defaultHostPolicy;
  const service = createService(deps, { hosts, maxAttempts: 3, linkSeconds: 60, probe });
  const app = createApp({
    service,
    auth: auth === "off" ? createOpenAuth() : createKeyAuth({ keys: database.keys, clock, logger }),
    config: { ...defaultApiConfig, ...config },
    logger,
  });
  const self = { intercept: null as Intercept | null };
  const listen = (port: number): Promise<RunningServer> =>
    startServer({
      app: {
        fetch: async (request, bindings) => {
          const next = async () => app.fetch(request, bindings);
          return self.intercept === null ? next() : self.intercept(request, next);
        },
      },
      ...{ host: "127.0.0.1", port, logger },
    });
  let server = await listen(0);
  const { url } = server;

  async function seed({ state = "queued", title, request = {}, ...over }: SeededJob = {}): Promise<Job> {
    serial += 1;
    const id = `seed${String(serial).padStart(7, "0")}`;
    const created = await database.jobs.create({
      ...{ id: ids.next("job"), owner: localOwner, request: readRequest({ url: pageOf(id), ...request }) },
      ...{ priority: "normal", labels: over.labels ?? {}, maxAttempts: 3, scheduledFor: null },
      ...{ requestId: null, traceparent: null, idempotency: null },
    });
    if (created.kind !== "created") throw new Error(`the job was not created: ${created.kind}`);
    const job = await bring(created.job, state, { title: title ?? `Seeded ${serial}`, ...over });
    await announce(deps, job);
    return job;
  }

  async function bring(job: Job, state: JobState, over: SeededJob): Promise<Job> {
    if (state === "queued") return job;
    if (state === "canceled") return must(await database.jobs.move(job.id, null, "cancel"));
    const [claimed] = await database.attempts.claim([job.id], {
      ...{ worker: "worker-1", host: "host-1", leaseMs: 3_600_000, alone: true },
    });
    const ref = { jobId: job.id, attempt: must(claimed).attempt };
    const media = mediaOf(job, over);
    const progress = { ...noProgress, percent: 10 };
    await database.attempts.heartbeat(ref, 3_600_000, { stage: "downloading", media, progress });
    if (state === "running") return must(await database.jobs.get(job.id, null));
    if (state === "failed") {
      const code = over.code ?? "network_error";
      const error = { code, detail: `It failed: ${code}.`, hint: errorCodes[code].hint, retryable: isRetryable(code) };
      return must(await database.attempts.fail(ref, error));
    }
    return must(
      await database.attempts.succeed(ref, {
        ...{ artifacts: over.artifacts ?? [], progress: noProgress, media, warnings: [] },
        ...{ engine: null, retentionMs: null },
      }),
    );
  }

  return Object.assign(self, {
    url,
    deps,
    probes,
    seed,
    seedMany: async (count: number) => {
      const request = readRequest({ url: pageOf("seedOfMany1") });
      const rest = { priority: "normal", labels: {}, maxAttempts: 3, scheduledFor: null } as const;
      const many = Array.from({ length: count }, () => ({
        ...{ id: ids.next("job"), owner: localOwner, request, ...rest },
        ...{ requestId: null, traceparent: null, idempotency: null },
      }));
      await database.jobs.createAll(many);
    },
    progress: async (job: Job, progress: Partial<Progress>) => {
      const data = { jobId: job.id, attempt: job.attempt, stage: job.stage, progress: { ...noProgress, ...progress } };
      await deps.events.append(ownerTopic(job.owner), { type: "progress", data });
    },
    job: (id: string) => database.jobs.get(id as Job["id"], null),
    jobs: () => database.jobs.list({ owner: null, limit: 1_000 }),
    expand: async () => {
      const batch = await eventually(() => database.batches.claim(60_000));
      await expandBatch(deps, batch, { leaseMs: 60_000, hosts, probe, signal: new AbortController().signal });
    },
    key: async (input: NewApiKey) => {
      const { key, secret } = await createApiKey({ ids, clock }, input);
      await database.keys.insert(key);
      return { secret, id: key.id };
    },
    later: (ms: number) => {
      passedMs += ms;
    },
    stop: () => server.stop({ graceMs: 0 }),
    start: async () => {
      server = await listen(Number(new URL(url).port));
    },
    [Symbol.asyncDispose]: async () => {
      await server.stop({ graceMs: 0 });
      await fixture[Symbol.asyncDispose]();
    },
  });
}

function mediaOf(job: Job, { title = "", media = {} }: SeededJob): Media {
  const { url } = job.request;
  return {
    ...{ extractor: "youtube", id: url.slice(-11), title, channel: "Seeds", durationSeconds: 100, webpageUrl: url },
    ...{ thumbnailUrl: null, uploadedAt: null, isLive: false, chapters: [] },
    ...media,
  };
}

function must<T>(value: T | null | undefined): T {
  if (value === null || value === undefined) throw new Error("the store refused what a seed needs");
  return value;
}
