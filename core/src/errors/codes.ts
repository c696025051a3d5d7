/**
 * What may be done about a failure.
 *
 * - `never`: trying again gives the same answer.
 * - `backoff`: a later retry, with exponential backoff, may help.
 * - `egress`: only another identity (address, proxy, cookies) helps; retried with long pauses.
 * - `at-start`: the source says when it will be available; waiting for that does not count as an attempt.
 */
export type RetryRule = "never" | "backoff" | "egress" | "at-start";

/** One row of the table of error codes. */
export interface ErrorCodeEntry {
  /** HTTP status when the code is the answer to a request; failures of a job are read with 200 inside the job. */
  readonly status: number;
  readonly retry: RetryRule;
  /** Short, stable, without details of the occurrence (RFC 9457 `title`). */
  readonly title: string;
  /** What the reader can do about it. */
  readonly hint: string;
  /** The same for a program that Vidferry runs in, where the hint means nothing to it. */
  readonly embeddedHint?: string;
}

const row = (status: number, retry: RetryRule, title: string, hint: string, embeddedHint?: string): ErrorCodeEntry => ({
  ...{ status, retry, title, hint },
  ...(embeddedHint !== undefined && { embeddedHint }),
});
const request = (status: number, title: string, hint: string, embedded?: string): ErrorCodeEntry =>
  row(status, "never", title, hint, embedded);
const passing = (status: number, title: string, hint: string, embedded?: string): ErrorCodeEntry =>
  row(status, "backoff", title, hint, embedded);
const source = (retry: RetryRule, title: string, hint: string, embedded?: string): ErrorCodeEntry =>
  row(422, retry, title, hint, embedded);
const ours = (retry: RetryRule, title: string, hint: string, embedded?: string): ErrorCodeEntry =>
  row(500, retry, title, hint, embedded);

/** Where cookies are given. */
const cookies = "(COOKIES_FILE)";

/** The one table of error codes: every failure that leaves Vidferry carries one of these keys. */
export const errorCodes = {
  invalid_request: request(
    422,
    "The request is not valid",
    "Correct the fields named in `errors`.",
    "Correct what `fields` names.",
  ),
  unsupported_url: request(
    422,
    "The URL is not supported",
    "Send the link of a video, a short, a live stream, a playlist or a channel.",
  ),
  host_not_allowed: request(
    422,
    "The host is not allowed",
    "Ask the operator to open the host (ALLOWED_HOSTS, ALLOW_PRIVATE_HOSTS).",
    "Allow it in `hosts` of `createVidferry`.",
  ),
  not_configured: request(
    422,
    "The service is not set up for this",
    "Ask the operator to set what the detail names, or leave the field out.",
    "Set what the message names in `createVidferry`, or leave the field out.",
  ),
  unauthorized: request(401, "The API key is missing or wrong", "Send a valid key in `Authorization: Bearer vf_…`."),
  forbidden: request(403, "The API key may not do this", "Use a key with the scope this operation needs."),
  not_found: request(404, "There is no such thing", "Check the id; results may have been deleted."),
  invalid_state: request(409, "The job's state does not allow this", "Read the job's `state` first."),
  precondition_failed: request(
    412,
    "It has changed since it was read",
    "Read it again, and send its new `ETag` in `If-Match`.",
  ),
  idempotency_conflict: request(
    422,
    "The idempotency key was used for another request",
    "Use a new Idempotency-Key for a new request.",
  ),
  idempotency_in_progress: passing(409, "The first request with this key still runs", "Repeat the request shortly."),
  rate_limit_exceeded: passing(429, "Too many requests", "Wait for the seconds in `Retry-After`."),
  quota_exceeded: request(
    429,
    "A limit of this account is used up",
    "Wait for the time in `Retry-After` if there is one, or ask the operator for more; GET /quota shows all limits.",
  ),
  payload_too_large: request(413, "The request body is too large", "Send less than 64 KiB."),
  method_not_allowed: request(405, "The method is not allowed here", "Use a method named in the `Allow` header."),
  unsupported_media_type: request(415, "The body's type is not supported", "Send `Content-Type: application/json`."),
  range_not_satisfiable: request(416, "The range lies outside the file", "Ask for a range within the file's length."),
  artifact_expired: request(410, "The file has expired", "Submit the job again.", "Download it again."),
  storage_full: passing(
    507,
    "There is no room for more files",
    "Delete results, or ask the operator for more space.",
    "Make room where `blobs` keeps files, or `remove` results.",
  ),
  unavailable: passing(
    503,
    "The service is not available right now",
    "Repeat the request shortly.",
    "Try again shortly.",
  ),

  video_private: source(
    "never",
    "The video is private",
    `Cookies of an account that its owner shared it with are needed ${cookies}.`,
  ),
  video_removed: source("never", "The video is not available", "It was removed, or never existed."),
  members_only: source(
    "never",
    "The video is for channel members",
    `Cookies of a member account are needed ${cookies}.`,
  ),
  age_restricted: source("never", "The video is age restricted", `Cookies of an adult account are needed ${cookies}.`),
  geo_blocked: source(
    "never",
    "The video is blocked in this country",
    "Use a proxy in a country where it plays (PROXY_URL).",
  ),
  copyright_blocked: source("never", "The video is blocked by a copyright claim", "It cannot be downloaded."),
  drm_protected: source("never", "The video is protected by DRM", "It cannot be downloaded."),
  live_not_started: source(
    "at-start",
    "The live stream has not started",
    "A job waits for the recording, until a day after the start; if that is over, send it again when it is online.",
    "`download` waits for the recording where `maxWaitMs` is long enough.",
  ),
  live_not_supported: source(
    "never",
    "The live stream is not recorded",
    "Send it again when the recording is online; a job that is sent before the start waits for it. ALLOW_LIVE=on records streams that are on air.",
    "Ask for it again when the recording is online. `liveSeconds` of `createVidferry` has streams recorded that are on air.",
  ),
  format_unavailable: source(
    "never",
    "The video does not come in this form",
    "POST /probe lists what there is; ask for less.",
  ),
  playlist_too_long: source(
    "never",
    "The list is too long",
    "Set `source.limit`, or `source.match`; a batch takes at most 5,000 videos.",
    "Ask for fewer entries of the list.",
  ),
  playlist_empty: source("never", "The playlist is empty or missing", "Check the link and that the list is public."),
  network_error: source(
    "backoff",
    "The source could not be reached",
    "Check the network and PROXY_URL; what has arrived is kept for the next attempt.",
  ),
  source_error: source(
    "backoff",
    "The source answered with an error",
    "It may work later; if it stays, update yt-dlp.",
  ),
  source_forbidden: source(
    "backoff",
    "The source refused the media",
    "A fresh link may work; if it stays, use another proxy (PROXY_URL).",
  ),
  rate_limited: source(
    "egress",
    "The source limits this egress",
    "Fewer jobs an hour (WORKER_CONCURRENCY), or another proxy (PROXY_URL).",
  ),
  bot_check: source(
    "egress",
    "The source takes this egress for a bot",
    `Use another proxy (PROXY_URL), or cookies ${cookies}.`,
  ),
  login_required: source(
    "egress",
    "The source asks for a login",
    `Cookies of an account that may watch it are needed ${cookies}.`,
  ),

  file_too_large: source(
    "never",
    "The file is larger than allowed",
    "Ask for a lower quality, or raise MAX_FILE_BYTES.",
  ),
  too_long: source("never", "The video is longer than allowed", "Ask for a clip, or raise MAX_DURATION_SECONDS."),
  timed_out: source("backoff", "The job took longer than allowed", "Ask for less, or raise JOB_TIMEOUT_SECONDS."),
  stalled: source(
    "backoff",
    "No progress for too long",
    "Check the network and PROXY_URL, or raise STALL_TIMEOUT_SECONDS.",
  ),

  // 507 and not 500: a request can get it from the database, whose full disk is a full storage, too.
  disk_full: passing(
    507,
    "The disk is full",
    "Free space on the disk of the worker or the database.",
    "Free space on the disk of `dataDir` and of the database.",
  ),
  storage_error: ours(
    "backoff",
    "The storage failed",
    "Check STORAGE_URL and the storage service.",
    "Check the folder or the service where `blobs` keeps files, and that it may be written.",
  ),
  tool_missing: ours(
    "never",
    "A needed program is missing",
    "Run `vidferry doctor` on the worker.",
    "Install it, or name its path in `createVidferry`; `check` tells what is found.",
  ),
  tool_outdated: ours("never", "A needed program is too old", "Update yt-dlp; `vidferry doctor` names the version."),
  processing_failed: ours("backoff", "FFmpeg could not shape the media", "Try another container or quality."),
  transcription_failed: ours(
    "backoff",
    "The speech could not be transcribed",
    "Check TRANSCRIBER_URL and its server; `vidferry doctor` asks it. What was transcribed is kept for the next attempt.",
  ),
  output_invalid: ours("backoff", "The result did not pass the check", "The source may send it whole later."),
  out_of_memory: ours(
    "backoff",
    "A program ran out of memory",
    "Ask for a lower quality, or give the worker more memory; it is tried again with no other job beside it.",
    "Ask for a lower quality, or give the program more memory; it is tried again with no other download beside it.",
  ),
  worker_lost: ours(
    "backoff",
    "The worker disappeared",
    "Look at the worker's memory and log; the job can be retried by hand.",
    "Ask for it again; with `resumeAs` it goes on where it stopped.",
  ),
  internal_error: ours(
    "backoff",
    "Something went wrong inside Vidferry",
    "Report the request id to the operator.",
    "It is a fault of Vidferry's; `cause` and the `logger` have the details.",
  ),
} as const satisfies Record<string, ErrorCodeEntry>;

/** A stable, machine-readable error code. */
export type ErrorCode = keyof typeof errorCodes;

/** Every code, in the order of the table. */
export const errorCodeNames = Object.keys(errorCodes) as [ErrorCode, ...ErrorCode[]];

/** Whether trying again, now or later, may succeed. */
export function isRetryable(code: ErrorCode): boolean {
  return errorCodes[code].retry !== "never";
}
