export type { Accounts } from "./accounts.ts";
export type { Answer, WithResponse } from "./answer.ts";
export type { Batches, BatchWaitOptions } from "./batches.ts";
export type { ConnectionFailure } from "./connection-failure.ts";
export type { BulkOptions, CreateOptions, FileOptions, LinkOptions, UpdateOptions } from "./download-options.ts";
export type { Downloads } from "./downloads.ts";
export type { Egresses } from "./egresses.ts";
export {
  ApiError,
  AuthenticationError,
  ConnectionError,
  JobFailedError,
  NotFoundError,
  RateLimitError,
  SaveError,
  type SaveFailure,
  TimeoutError,
  VidferryError,
} from "./errors.ts";
export type { FollowAllOptions } from "./follow-all.ts";
export type { Keys, RotateOptions } from "./keys.ts";
export type { OnceOptions } from "./once.ts";
export type { Page, PagedList } from "./page.ts";
export type { RawClient } from "./raw-types.ts";
export type { FollowOptions } from "./reconnect.ts";
export type { Records } from "./records.ts";
export type { Saved, SaveOptions, SaveProgress, SaveTarget } from "./save/options.ts";
export type { ScheduleListQuery, Schedules } from "./schedules.ts";
export type { Tickets } from "./tickets.ts";
export type { CallOptions, ClientLogger, Fetch } from "./transport.ts";
export {
  type Account,
  type Artifact,
  type AuditEntry,
  type AuditQuery,
  type Batch,
  type BatchEvent,
  type BatchListQuery,
  type BatchMatch,
  type BatchRequest,
  type BulkAllRequest,
  type BulkAnswer,
  type BulkOutcome,
  type BulkRequest,
  type CanceledJob,
  type DownloadCounts,
  type DownloadEdit,
  type DownloadEvent,
  type DownloadFilter,
  type DownloadJob,
  type DownloadRequest,
  type Egress,
  type EgressChanges,
  type EndedJob,
  type Engines,
  type ErrorCode,
  type FailedJob,
  type FileLink,
  type HistoryQuery,
  hasEnded,
  isBatchOver,
  isTerminal,
  type JobError,
  type JobState,
  type Key,
  type KeyChanges,
  type KeyListQuery,
  type KeyWithSecret,
  type KnownErrorCode,
  type LimitChanges,
  type ListQuery,
  type LogLevel,
  type Media,
  type NewEgress,
  type NewKey,
  type NewSchedule,
  type NewWebhook,
  type OutputRequest,
  type OwnerEvent,
  type PlaylistEntry,
  type Probe,
  type Problem,
  type Progress,
  type Queue,
  type Schedule,
  type ScheduleChanges,
  type ScheduleFeedLink,
  type ScheduleState,
  type SkippedEntry,
  type Stats,
  type StatsQuery,
  type StoredResults,
  type SucceededJob,
  type Ticket,
  type UnfinishedJob,
  type Webhook,
  type WebhookChanges,
  type WebhookDefaultSecret,
  type WebhookDelivery,
  type WebhookMessage,
  type WebhookWithSecret,
  type Worker,
} from "./types.ts";
export { UnexpectedAnswerError } from "./unexpected-answer.ts";
export {
  type VerifyWebhookOptions,
  verifyWebhook,
  type WebhookFailure,
  type WebhookHeaders,
  WebhookVerificationError,
} from "./verify-webhook.ts";
export { type ProbeOptions, Vidferry, type VidferryOptions } from "./vidferry.ts";
export type { WaitOptions } from "./wait.ts";
export type { DeliveryListQuery, UnwrapOptions, Webhooks } from "./webhooks.ts";
