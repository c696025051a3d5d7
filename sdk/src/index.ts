export type { CreateOptions, Downloads, FileOptions, LinkOptions } from "./downloads.ts";
export {
  ApiError,
  AuthenticationError,
  ConnectionError,
  JobFailedError,
  NotFoundError,
  RateLimitError,
  TimeoutError,
  VidferryError,
} from "./errors.ts";
export type { FollowOptions } from "./follow.ts";
export type { Page, PagedList } from "./page.ts";
export type { CallOptions, Fetch, RawClient } from "./transport.ts";
export {
  type Artifact,
  type DownloadEvent,
  type DownloadJob,
  type DownloadRequest,
  type ErrorCode,
  type FileLink,
  isTerminal,
  type JobError,
  type JobState,
  type KnownErrorCode,
  type ListQuery,
  type Media,
  type OutputRequest,
  type PlaylistEntry,
  type Probe,
  type Problem,
  type Progress,
} from "./types.ts";
export { type ProbeOptions, Vidferry, type VidferryOptions } from "./vidferry.ts";
export type { WaitOptions } from "./wait.ts";
