import type {
  AttemptRef,
  AttemptResult,
  Database,
  JobId,
  JobState,
  Media,
  NewJob,
  Repositories,
  StoredArtifact,
} from "@vidferry/core";
import { DownloadRequest, type DownloadRequestInput, type Job, noProgress } from "@vidferry/core";
import type { TestKit } from "../test-kit.ts";

/** An empty database under test, whose clock the test controls. */
export interface DatabaseFixture extends AsyncDisposable {
  readonly store: Database;
  /** Advances the clock of the database. */
  advance(ms: number): Promise<void>;
}

/** What the {@link Database} suite needs. */
export interface DatabaseSuite extends TestKit {
  readonly name: string;
  /** Leaves out costly cases that others stand for, where all are tried at other times. Default: false. */
  readonly inShort?: boolean;
  create(): Promise<DatabaseFixture>;
}

/** A new id, in the order of time within a process. */
export function newId(): JobId {
  serial += 1;
  return `job_${serial.toString(16).padStart(32, "0")}`;
}
let serial = 0;

/** A job to create. */
export function newJob(changes: Partial<NewJob> = {}, request: Partial<DownloadRequestInput> = {}): NewJob {
  return {
    id: newId(),
    owner: "ada",
    request: DownloadRequest.parse({ url: "https://www.youtube.com/watch?v=aaaaaaaaaaa", ...request }),
    priority: "normal",
    labels: {},
    maxAttempts: 3,
    scheduledFor: null,
    requestId: null,
    traceparent: null,
    idempotency: null,
    ...changes,
  };
}

/** Creates a job that is new for certain. */
export async function created(store: Repositories, changes: Partial<NewJob> = {}): Promise<Job> {
  const outcome = await store.jobs.create(newJob(changes));
  if (outcome.kind !== "created") throw new Error(`the job was not created: ${outcome.kind}`);
  return outcome.job;
}

/** How the suite claims. */
export const byWorker = { worker: "worker-1", host: "host-1", leaseMs: 30_000 } as const;

/** Creates and claims a job, and begins the attempt. */
export async function started(store: Repositories, changes: Partial<NewJob> = {}): Promise<Job> {
  const { id } = await created(store, changes);
  const [job] = await store.attempts.claim([id], byWorker);
  if (!job) throw new Error("the job was not claimed");
  return await begun(store, job, byWorker.leaseMs);
}

/** Begins a claimed attempt. */
export async function begun(store: Repositories, job: Job, leaseMs: number): Promise<Job> {
  await store.attempts.heartbeat(attemptOf(job), leaseMs, { stage: "resolving" });
  return must(await store.jobs.get(job.id, null));
}

/** The attempt a job is in. */
export const attemptOf = (job: Job): AttemptRef => ({ jobId: job.id, attempt: job.attempt });

/** Brings a new job into a state by ordinary moves. */
export async function jobIn(state: JobState, store: Database, changes: Partial<NewJob> = {}): Promise<Job> {
  switch (state) {
    case "scheduled":
      return created(store, { scheduledFor: new Date(Date.now() + 365 * 86_400_000), ...changes });
    case "queued":
      return created(store, changes);
    case "running":
      return started(store, changes);
    case "paused":
      return must(await store.jobs.move((await created(store, changes)).id, null, "pause"));
    case "canceled":
      return must(await store.jobs.move((await created(store, changes)).id, null, "cancel"));
    case "failed":
      return must(await store.attempts.fail(attemptOf(await started(store, changes)), anError));
    case "succeeded":
      return must(await store.attempts.succeed(attemptOf(await started(store, changes)), aResult));
  }
}

/** The value; throws when there is none. */
export function must<T>(value: T | null | undefined): T {
  if (value === null || value === undefined) throw new Error("there is nothing");
  return value;
}

export const anError = {
  code: "network_error",
  detail: "The source could not be reached.",
  hint: "Wait.",
  retryable: true,
} as const;

export const aMedia: Media = {
  extractor: "youtube",
  id: "aaaaaaaaaaa",
  title: "Naïve café \u{1F3AC} 100% «quoted» it's_fine\\",
  channel: null,
  durationSeconds: 213.5,
  webpageUrl: "https://www.youtube.com/watch?v=aaaaaaaaaaa",
  thumbnailUrl: null,
  uploadedAt: "2026-01-02",
  isLive: false,
  chapters: [{ title: "one", startSeconds: 0, endSeconds: 10.25 }],
};

export const anArtifact: StoredArtifact = {
  id: "art_1",
  kind: "video",
  fileName: "a video.mp4",
  contentType: "video/mp4",
  // More than 32 bits hold.
  bytes: 2 ** 40 + 1,
  sha256: "00",
  language: null,
  automatic: null,
  width: 1920,
  height: 1080,
  fps: 29.97,
  videoCodec: "h264",
  audioCodec: "aac",
  durationSeconds: 213.1,
  storageKey: "job/1/art_1.mp4",
};

export const aResult: AttemptResult = {
  artifacts: [anArtifact],
  progress: { ...noProgress, percent: 100, downloadedBytes: 2 ** 40, totalBytes: 2 ** 40 },
  media: aMedia,
  warnings: [{ code: "subtitles_missing", detail: "There are none." }],
  engine: { ytDlp: "2026.10.26", ffmpeg: "5.1" },
  retentionMs: 60_000,
};
