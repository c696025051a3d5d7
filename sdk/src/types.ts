import type { components, operations } from "./generated/schema.ts";

type Schemas = components["schemas"];

/** Where a job is in its life. */
export type JobState = Schemas["DownloadJob"]["state"];
type JobIn<State extends JobState, Known = unknown> = Omit<Schemas["DownloadJob"], "state" | keyof Known> & {
  state: State;
} & Known;
/** A job that has not ended; `error` is why its last attempt failed, if it did. */
export type UnfinishedJob = JobIn<"scheduled" | "queued" | "paused" | "running", { finishedAt: null }>;
/** A job that made what it was asked for. `artifacts` are its files, until it expires. */
export type SucceededJob = JobIn<"succeeded", { error: null; finishedAt: string }>;
/** A job that failed for good, unless it is retried by hand. `error` says why. */
export type FailedJob = JobIn<"failed", { error: JobError; finishedAt: string }>;
/** A job that was cancelled, unless it is retried by hand. */
export type CanceledJob = JobIn<"canceled", { finishedAt: string }>;
/**
 * A job: one accepted request, what became of it, and the files it made. Times are ISO 8601 in UTC, sizes bytes, durations seconds.
 * What it has depends on its `state`: one that `failed` has an `error`.
 */
export type DownloadJob = UnfinishedJob | SucceededJob | FailedJob | CanceledJob;
/** How far a job is. `percent` never goes back within an attempt; what is not known is null. */
export type Progress = Schemas["Progress"];
/** What is known of the video. */
export type Media = Schemas["Media"];
/** A file that a job made. */
export type Artifact = Schemas["Artifact"];
/** An address that opens one file without a key until it expires. */
export type FileLink = Schemas["FileLink"];
/** Why a job failed, or why its last attempt did. */
export type JobError = Schemas["JobError"];
/** What a link offers: a video with its formats, or a playlist with its entries. */
export type Probe = Schemas["Probe"];
/** One entry of a playlist or a channel. */
export type PlaylistEntry = Schemas["PlaylistEntry"];
/** The body of an error answer, as RFC 9457 describes it. */
export type Problem = Schemas["Problem"];
/** The error codes that this version knows. A newer server may send others. */
export type KnownErrorCode = Problem["code"];
/** An error code; the open end is for servers newer than this client. */
export type ErrorCode = KnownErrorCode | (string & {});

/** The keys that must be given stay, the others may be left to the server's defaults. */
type Defaulted<T, Needed extends keyof T = never> = T extends unknown
  ? { [K in keyof T as K extends Needed ? K : never]: T[K] } & { [K in keyof T as K extends Needed ? never : K]?: T[K] }
  : never;

/** What the result should be; without it the best MP4 up to 1080p that plays everywhere. */
export type OutputRequest =
  | Defaulted<Schemas["VideoOutput"], "type">
  | Defaulted<Schemas["AudioOutput"], "type">
  | Schemas["TranscriptOutput"];

type Accepted = Schemas["DownloadRequest"];

/** What to download. Only `url` is needed; the server fills in the rest. */
export type DownloadRequest = Defaulted<
  Omit<Accepted, "output" | "subtitles" | "clip" | "sponsorBlock" | "metadata" | "live">,
  "url"
> & {
  output?: OutputRequest;
  subtitles?: Defaulted<Schemas["Subtitles"]>;
  clip?: Defaulted<Schemas["Clip"]> | Defaulted<Schemas["Clip"]>[];
  sponsorBlock?: Schemas["SponsorBlock"]["remove"] | Defaulted<Schemas["SponsorBlock"]>;
  metadata?: Defaulted<Accepted["metadata"]>;
  live?: Defaulted<NonNullable<Accepted["live"]>>;
};

/** A parent of several jobs: of a list of links, or of a playlist, channel or other list. */
export type Batch = Schemas["Batch"];
/** An entry of a list of which no job was made, and why. */
export type SkippedEntry = Schemas["SkippedEntry"];

/** Which videos of a list are meant; all of it must hold. */
export type BatchMatch = Schemas["BatchMatch"];

/** What to make a batch of: `urls` or `source`; what else is missing the server fills in. */
export type BatchRequest = {
  /** What is asked for of each video. */
  request?: Omit<DownloadRequest, "url">;
  /** Of the batch, and of each of its jobs. */
  labels?: Record<string, string>;
} & (
  | { /** Links of videos, up to 1,000. */ urls: string[]; source?: never }
  | { /** A collection. */ source: Defaulted<Schemas["BatchSource"], "url">; urls?: never }
);

/** Which batches to list. */
export interface BatchListQuery {
  readonly state?: Batch["state"];
  /** Only what this schedule made. */
  readonly scheduleId?: string;
  /** Batches a page, 1 to 100; 20. */
  readonly limit?: number;
  /** Where to begin: `nextCursor` of an earlier page. */
  readonly cursor?: string;
}

/** Whether a batch is over. */
export const isBatchOver = (state: Batch["state"]): boolean =>
  state === "finished" || state === "failed" || state === "canceled";

/** Something that happened to a batch or to one of its jobs. */
export type BatchEvent =
  | { readonly id: string; readonly type: "batch"; readonly data: Batch }
  | { readonly id: string; readonly type: "job"; readonly data: DownloadJob };

/** Something that happened to a job. `id` grows with every event of the job; hand the last one in to go on after it. */
export type DownloadEvent =
  | { readonly id: string; readonly type: "job"; readonly data: DownloadJob }
  | { readonly id: string; readonly type: "progress"; readonly data: Schemas["ProgressEvent"] };

/** What the stream of all jobs brings: also `snapshot`, after the `job` events that tell what is unfinished now. */
export type OwnerEvent =
  | DownloadEvent
  | { readonly id: string; readonly type: "batch"; readonly data: Batch }
  | { readonly id: string; readonly type: "snapshot"; readonly data: Schemas["SnapshotEvent"] };

/** Opens one event stream in the place of a key, until it expires. */
export type Ticket = Schemas["Ticket"];
/** What an owner may use, and has used. */
export type Account = Schemas["Account"];
/** Limits to set; what is absent stays, null lifts one. */
export type LimitChanges = Schemas["AccountPatch"]["limits"];

/** An API key; all but its secret. */
export type Key = Schemas["Key"];

/** A proxy or cookies through which sites are reached, as operators see it. */
export type Egress = Schemas["Egress"];
/** An egress to make. */
export type NewEgress = Schemas["CreateEgress"];
/** What may change of an egress. */
export type EgressChanges = Schemas["ChangeEgress"];
/** A key with its secret, as it is shown once. */
export type KeyWithSecret = Schemas["KeyWithSecret"];
/** A key to make. Only `name` is needed. */
export type NewKey = Defaulted<Schemas["NewKey"], "name">;
/** What of a key to change; the rest stays. */
export type KeyChanges = Schemas["KeyPatch"];

/** What a webhook is told, by its `type`. `trimmed` names parts of the job that were shortened; read the job itself for them. */
export type WebhookMessage =
  | Schemas["JobMessage"]
  | Schemas["BatchMessage"]
  | Schemas["ScheduleMessage"]
  | Schemas["EgressMessage"]
  | Schemas["WebhookTestMessage"];

/** A webhook; all but its secret. */
export type Webhook = Schemas["Webhook"];
/** A webhook with its secret, as it is shown once. */
export type WebhookWithSecret = Schemas["WebhookWithSecret"];
/** A webhook to make. Only `url` is needed. */
export type NewWebhook = Schemas["CreateWebhook"];
/** What of a webhook to change; the rest stays. */
export type WebhookChanges = Schemas["ChangeWebhook"];
/** A message to a webhook, and how its attempts went. */
export type WebhookDelivery = Schemas["WebhookDelivery"];
/** What signs messages to the `webhookUrl` of downloads. */
export type WebhookDefaultSecret = Schemas["WebhookDefaultSecret"];

/** A rule that makes downloads later, or again and again. */
export type Schedule = Schemas["Schedule"];
export type ScheduleState = Schedule["state"];
/** A schedule to make: what it downloads, and `runAt` for once or `cron` for again and again. */
export type NewSchedule = Defaulted<Omit<Schemas["CreateSchedule"], "download" | "batch">, "name"> & {
  download?: DownloadRequest;
  batch?: BatchRequest;
};
/** The address of a feed, with the token that opens it. */
export type ScheduleFeedLink = Schemas["ScheduleFeedLink"];
/** What of a schedule to change; the rest stays. */
export type ScheduleChanges = Omit<Schemas["ChangeSchedule"], "download" | "batch"> & {
  download?: DownloadRequest;
  batch?: BatchRequest;
};

/** Which keys to list; all that were not revoked, newest first, without any of it. */
export interface KeyListQuery {
  /** Only keys of this owner. */
  readonly owner?: string | undefined;
  /** Also those that were revoked. */
  readonly revoked?: boolean | undefined;
  /** Keys a page, 1 to 100; 20. */
  readonly limit?: number | undefined;
  /** Where to begin: `nextCursor` of an earlier page. */
  readonly cursor?: string | undefined;
}

/** Which jobs; all of them without any of it. */
export interface DownloadFilter {
  /** Only jobs in this state, or in one of these. */
  readonly state?: JobState | readonly JobState[] | undefined;
  /** Only jobs whose error has this code, or one of these. */
  readonly code?: KnownErrorCode | readonly KnownErrorCode[] | undefined;
  /** Only the children of this batch. */
  readonly batchId?: string | undefined;
  /** Only what this schedule made. */
  readonly scheduleId?: string | undefined;
  /** Part of the URL or the title, in any case. */
  readonly q?: string | undefined;
  /** Only jobs with all of these labels. */
  readonly labels?: Readonly<Record<string, string>> | undefined;
  /** Made at this time or later, and before that one. */
  readonly createdAfter?: Date | string | undefined;
  readonly createdBefore?: Date | string | undefined;
  /** Ended at this time or later, and before that one. With either, the latest end comes first. */
  readonly finishedAfter?: Date | string | undefined;
  readonly finishedBefore?: Date | string | undefined;
}

/** Which jobs to list; all of them, newest first, without any of it. */
export interface ListQuery extends DownloadFilter {
  /** Jobs a page, 1 to 100; 20. Iteration goes through all pages whatever this is. */
  readonly limit?: number | undefined;
  /** Where to begin: `nextCursor` of an earlier page. */
  readonly cursor?: string | undefined;
}

/** What of a job to change; the rest stays. Labels are merged in: null removes one, or all of them. */
export type DownloadEdit = Schemas["DownloadEdit"];
/** How many jobs are in each state. */
export type DownloadCounts = Schemas["DownloadCounts"];
/** What became of each of several jobs. */
export type BulkAnswer = Schemas["BulkAnswer"];

/** What became of one of them. */
export type BulkOutcome = BulkAnswer["data"][number];

/** One thing to do to the jobs of a filter. */
export interface BulkAllRequest {
  readonly action: Schemas["BulkRequest"]["action"];
  readonly filter: DownloadFilter;
  /** Jobs a page, 1 to 1,000; 100. */
  readonly limit?: number | undefined;
  /** Where to go on: `nextCursor` of the answer before; null: at the beginning. */
  readonly cursor?: string | null | undefined;
}

/** One thing to do to several jobs: those that are named, at most 1,000, or a page of those of a filter. */
export type BulkRequest =
  | { readonly action: BulkAllRequest["action"]; readonly ids: readonly string[] }
  | BulkAllRequest;

/** Counts, bytes and durations of the jobs that ended. */
export type Stats = Schemas["Stats"];
/** What to count, and between which times. */
export type StatsQuery = NonNullable<operations["getStats"]["parameters"]["query"]>;
/** One end of a job. */
export type EndedJob = Schemas["EndedJob"];
/** Which ends to list. */
export type HistoryQuery = Omit<NonNullable<operations["getHistory"]["parameters"]["query"]>, "format">;
/** An entry of the audit log. */
export type AuditEntry = Schemas["AuditEntry"];
/** Which entries to list. */
export type AuditQuery = NonNullable<operations["listAudit"]["parameters"]["query"]>;
/** What waits, and for what. */
export type Queue = Schemas["Queue"];
/** Which yt-dlp attempts are run with. */
export type Engines = Schemas["Engines"];
/** What is stored, and how long it is kept. */
export type StoredResults = Schemas["StoredResults"];
/** A worker process. */
export type Worker = Schemas["Worker"];
/** How much is logged: the least severe line that is written. */
export type LogLevel = NonNullable<Schemas["LogLevelChange"]["level"]>;

/** The query as the API takes it. */
export type ListParameters = NonNullable<operations["listDownloads"]["parameters"]["query"]>;

/** Whether a job in this state is over. A retry by hand can still revive `failed` and `canceled`. */
export function isTerminal(state: JobState): boolean {
  return state === "succeeded" || state === "failed" || state === "canceled";
}

/** {@link isTerminal} of a whole job, which then has what ended jobs have. */
export function hasEnded(job: DownloadJob): job is Exclude<DownloadJob, UnfinishedJob> {
  return isTerminal(job.state);
}
