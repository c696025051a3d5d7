import {
  AppError,
  artifactOf,
  type Check,
  canMove,
  createSecretBox,
  createTicket,
  type Database,
  defaultBreaker,
  defaultHostPolicy,
  defaultScheduleLimits,
  type FollowOwnerOptions,
  type Hold,
  type Job,
  type JobId,
  type JobQuery,
  JobState,
  jobMoves,
  type LoggedEvent,
  type Once,
  type OwnerEvent,
  type Probe,
  type RequestedRange,
  type Signals,
  type StoredArtifact,
  type TicketGrant,
  takeTicket,
  toJobResource,
  type Written,
} from "@vidferry/core";
import { cronerCalendar } from "@vidferry/core/croner";
import { createMemoryBlobStore, memoryEventLog, memorySignals, memoryStore } from "@vidferry/core/memory";
import { storeHintQueue } from "@vidferry/core/store-queue";
import { createIdGenerator, createMemoryTelemetry, systemClock } from "@vidferry/core/system";
import { createWebhookSender } from "@vidferry/core/webhooks";
import { createAccountService, createKeyService } from "../create-service.ts";
import { createBatchService } from "../modules/batches/batch-service.ts";
import { createEgressService } from "../modules/egresses/egress-service.ts";
import { createScheduleService } from "../modules/schedules/schedule-service.ts";
import { createWebhookService } from "../modules/webhooks/webhook-service.ts";
import { createRecords } from "../records.ts";
import type { ApiService, SubmitCommand } from "../service.ts";
import { createLogRecorder } from "./log-recorder.ts";
import { makeJob } from "./samples.ts";

/** The service over maps, with places for a test to look in and to reach in. */
export interface FakeService extends ApiService {
  /** What the processes of the service are told. */
  readonly signals: Signals;
  /** What the records are read of; the jobs of the map are not in it. */
  readonly database: Database;
  readonly jobs: Map<JobId, Job>;
  readonly files: Map<string, Uint8Array<ArrayBuffer>>;
  readonly submitted: SubmitCommand[];
  readonly queries: JobQuery[];
  readonly follows: { readonly id: JobId; readonly lastEventId: string | null; readonly signal: AbortSignal }[];
  /** Number of followers whose iterator has not returned yet. */
  readonly following: { count: number };
  /** What followers get. Default: a `job` event of now, then silence until the signal aborts. */
  onFollow: ((id: JobId, signal: AbortSignal, lastEventId: string | null) => AsyncIterable<LoggedEvent>) | null;
  /** What holds jobs up. */
  readonly held: Map<JobId, Hold>;
  /** What followers of all jobs get. Default: silence until the signal aborts. */
  onFollowAll: ((owner: string, options: FollowOwnerOptions) => AsyncIterable<OwnerEvent>) | null;
  /** By the hash of their text. */
  readonly tickets: Map<string, TicketGrant>;
  checks: readonly Check[];
  probe: ApiService["probe"];
  waitForEnd: ApiService["waitForEnd"];
  link: string | null;
  /** Thrown by every method, once set. */
  failure: unknown;
}

/** Resolves when the signal aborts. */
export function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener("abort", () => resolve(), { once: true });
  });
}

export function createFakeService(): FakeService {
  const own = {
    ...{ database: memoryStore({ clock: systemClock }), clock: systemClock, ids: createIdGenerator() },
    logger: createLogRecorder(),
  };
  const jobs = new Map<JobId, Job>();
  const keys = new Map<string, { readonly written: string; readonly id: JobId }>();
  const find = (id: JobId, owner: string): Job => {
    if (fake.failure !== null) throw fake.failure;
    const job = jobs.get(id);
    if (job === undefined || job.owner !== owner) throw new AppError("not_found", "There is no such job.");
    return job;
  };
  const findArtifact = (id: JobId, owner: string, artifactId: string): StoredArtifact =>
    artifactOf(find(id, owner), artifactId, new Date());

  async function* follow(id: JobId, owner: string, options: { lastEventId: string | null; signal: AbortSignal }) {
    fake.follows.push({ id, ...options });
    fake.following.count++;
    try {
      if (fake.onFollow !== null) {
        yield* fake.onFollow(id, options.signal, options.lastEventId);
        return;
      }
      const event: LoggedEvent = { id: "1-0", type: "job", data: toJobResource(find(id, owner)) };
      if (options.lastEventId === null) yield event;
      await aborted(options.signal);
    } finally {
      fake.following.count--;
    }
  }

  async function* followAll(owner: string, options: FollowOwnerOptions): AsyncGenerator<OwnerEvent, void, void> {
    fake.following.count++;
    try {
      if (fake.onFollowAll !== null) yield* fake.onFollowAll(owner, options);
      else await aborted(options.signal);
    } finally {
      fake.following.count--;
    }
  }

  const tickets = new Map<string, TicketGrant>();
  const answers = new Map<string, string>();
  /** What the store does in a transaction. */
  const written = <T>(once: Once<T> | null, write: () => T): Written<T> => {
    const name = JSON.stringify(once?.key);
    const answer = answers.get(name);
    if (answer !== undefined) return { kind: "repeated", answer };
    const value = write();
    if (once !== null) answers.set(name, once.answer(value));
    return { kind: "written", value };
  };

  const { database: store } = own;
  const signals = memorySignals();
  const fake: FakeService = {
    database: store,
    signals,
    records: createRecords({ database: store, ids: createIdGenerator(), clock: systemClock, signals }, 604_800_000),
    tickets,
    onFollowAll: null,
    followAll,
    createTicket: (grant) =>
      createTicket(
        {
          insert: async (hash, _, validMs) => {
            tickets.set(hash, grant);
            return new Date(Date.now() + validMs);
          },
        },
        grant,
      ),
    takeTicket: (ticket) =>
      takeTicket(
        {
          take: async (hash) => {
            const grant = tickets.get(hash) ?? null;
            tickets.delete(hash);
            return grant;
          },
        },
        ticket,
      ),
    jobs,
    files: new Map(),
    submitted: [],
    queries: [],
    follows: [],
    following: { count: 0 },
    onFollow: null,
    checks: [{ name: "store", status: "ok", detail: "answers" }],
    link: null,
    failure: null,
    submit: async (command) => {
      if (fake.failure !== null) throw fake.failure;
      fake.submitted.push(command);
      const { idempotencyKey, owner, body, written } = command;
      const before = idempotencyKey === null ? undefined : keys.get(idempotencyKey);
      if (before !== undefined) {
        if (before.written !== JSON.stringify(written)) throw new AppError("idempotency_conflict");
        return { job: find(before.id, owner), repeated: true };
      }
      const job = makeJob(jobs.size + 1, { owner, request: body, labels: body.labels });
      jobs.set(job.id, job);
      if (idempotencyKey !== null) keys.set(idempotencyKey, { written: JSON.stringify(written), id: job.id });
      return { job, repeated: false };
    },
    get: async (id, owner) => find(id, owner),
    held: new Map(),
    holds: async () => fake.held,
    list: async (query) => {
      if (fake.failure !== null) throw fake.failure;
      fake.queries.push(query);
      const after = query.after?.id ?? "~";
      const all = [...jobs.values()]
        .filter((job) => job.owner === query.owner && job.id < after)
        .sort((a, b) => (a.id < b.id ? 1 : -1));
      const page = all.slice(0, query.limit);
      const last = page.at(-1);
      const next = all.length > page.length && last !== undefined ? { createdAt: last.createdAt, id: last.id } : null;
      return { jobs: page, next };
    },
    move: async (id, owner, move, _by, once) => {
      const job = find(id, owner);
      if (!canMove(job.state, move)) throw new AppError("invalid_state", `A ${job.state} job cannot be moved so.`);
      return written(once, () => {
        const moved = { ...job, state: jobMoves[move].to };
        jobs.set(id, moved);
        return moved;
      });
    },
    finish: async (id, owner, _by, once) => {
      const job = find(id, owner);
      if (job.media?.isLive !== true) throw new AppError("invalid_state", `A ${job.state} job records nothing.`);
      return written(once, () => job);
    },
    count: async ({ owner }) => {
      const states = Object.fromEntries(JobState.options.map((state) => [state, 0])) as Record<JobState, number>;
      for (const job of jobs.values()) if (job.owner === owner) states[job.state] += 1;
      return { states, exact: true };
    },
    changeAll: async ({ target }, once) =>
      written(once, () => {
        const ids = "ids" in target ? target.ids : [...jobs.keys()];
        const items = ids.map((id) => ({ id, state: jobs.get(id)?.state ?? null, error: null }));
        return { items, next: null, remaining: { count: 0, exact: true } };
      }),
    edit: async (id, owner, { labels, priority }) => {
      const job = find(id, owner);
      const edited = {
        ...job,
        labels: Object.fromEntries(
          Object.entries(labels === null ? {} : { ...job.labels, ...labels }).flatMap(([name, value]) =>
            value === null ? [] : [[name, value]],
          ),
        ),
        priority: priority ?? job.priority,
      };
      jobs.set(id, edited);
      return edited;
    },
    waitForEnd: async (job) => job,
    remove: async (id, owner) => {
      jobs.delete(find(id, owner).id);
    },
    follow,
    openFile: async (id, owner, artifactId, range?: RequestedRange) => {
      const artifact = findArtifact(id, owner, artifactId);
      const bytes = fake.files.get(artifact.id) ?? new Uint8Array();
      const from = range?.start ?? 0;
      const to = range?.end ?? bytes.length - 1;
      const body = new Blob([bytes.slice(from, to + 1)]).stream();
      const blob = { key: artifact.storageKey, bytes: bytes.length, modifiedAt: new Date(0), body };
      return { artifact, blob, range: range === undefined ? null : { start: from, end: to } };
    },
    fileLink: async (id, owner, artifactId) => {
      findArtifact(id, owner, artifactId);
      return fake.link;
    },
    runOnce: async (once, _, run) => {
      const value = await run();
      return written(once, () => value);
    },
    keys: createKeyService(own),
    accounts: createAccountService(own),
    batches: createBatchService(
      {
        ...own,
        signals,
        events: memoryEventLog({ clock: systemClock }),
        queue: storeHintQueue({ database: store, clock: systemClock }),
        blobs: createMemoryBlobStore(),
        telemetry: createMemoryTelemetry(),
        calendar: cronerCalendar(),
      },
      { hosts: defaultHostPolicy, maxAttempts: 3 },
    ),
    egresses: createEgressService(
      {
        ...own,
        queue: storeHintQueue(own),
        signals,
        events: memoryEventLog({ clock: systemClock }),
        secretSupport: { box: createSecretBox(async () => ["k".repeat(32)]), refused: null },
      },
      defaultBreaker,
    ),
    webhooks: createWebhookService({
      database: store,
      clock: systemClock,
      ids: createIdGenerator(),
      webhookSupport: {
        secrets: createSecretBox(async () => ["k".repeat(32)]),
        sender: createWebhookSender({ allowPrivateHosts: [] }),
        publicUrl: null,
        refused: null,
      },
    }),
    schedules: createScheduleService(
      {
        ...{ database: store, clock: systemClock, ids: createIdGenerator(), signals, calendar: cronerCalendar() },
        ...{ events: memoryEventLog({ clock: systemClock }), telemetry: createMemoryTelemetry(), logger: own.logger },
        ...{ queue: storeHintQueue({ database: store, clock: systemClock }), blobs: createMemoryBlobStore() },
      },
      { submit: { hosts: defaultHostPolicy, maxAttempts: 3 }, schedules: defaultScheduleLimits },
    ),
    probe: async (url): Promise<Probe> => ({
      kind: "video",
      media: {
        extractor: "youtube",
        id: "dQw4w9WgXcQ",
        title: "A title",
        channel: null,
        durationSeconds: 5,
        webpageUrl: url,
        thumbnailUrl: null,
        uploadedAt: null,
        isLive: false,
        chapters: [],
      },
      formats: [],
      subtitles: [{ language: "en", name: "English", automatic: false }],
      listUrl: null,
    }),
    health: async () => fake.checks,
    ready: async () => fake.checks,
  };
  return fake;
}
