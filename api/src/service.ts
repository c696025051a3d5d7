import type {
  Actor,
  ApiKey,
  BulkCommand,
  BulkResult,
  Check,
  ClientMove,
  CreatedApiKey,
  CreatedTicket,
  DownloadRequest,
  FollowOwnerOptions,
  Hold,
  Job,
  JobCounts,
  JobCursor,
  JobEdit,
  JobId,
  JobQuery,
  KeyChanges,
  KeyId,
  KeyQuery,
  Limits,
  LoggedEvent,
  NewApiKey,
  Once,
  OpenedFile,
  OwnerEvent,
  PreviewOptions,
  Probe,
  RequestedRange,
  SlotKind,
  TicketGrant,
  Usage,
  WaitForEndOptions,
  Written,
} from "@vidferry/core";
import type { BatchService } from "./modules/batches/batch-service.ts";
import type { EgressService } from "./modules/egresses/egress-service.ts";
import type { ScheduleService } from "./modules/schedules/schedule-service.ts";
import type { WebhookService } from "./modules/webhooks/webhook-service.ts";
import type { Records } from "./records.ts";

/** The keys of the service; for admins. */
export interface KeyService {
  /** Makes a key; its secret is in the answer and nowhere else. */
  create(input: NewApiKey, by: Actor, once: Once<CreatedApiKey> | null): Promise<Written<CreatedApiKey>>;
  /** Newest first. */
  list(query: KeyQuery): Promise<readonly ApiKey[]>;
  /** Throws `not_found`, also for one that was revoked. */
  get(id: KeyId): Promise<ApiKey>;
  /** Throws `not_found`, or `invalid_state` when no key with `admin` would be left. */
  change(id: KeyId, changes: KeyChanges, by: Actor): Promise<ApiKey>;
  /** Throws as `change`. */
  revoke(id: KeyId, by: Actor): Promise<void>;
  /** A new secret; the one before keeps working for the overlap. Throws `not_found`. */
  rotate(
    id: KeyId,
    overlapSeconds: number,
    by: Actor,
    once: Once<CreatedApiKey> | null,
  ): Promise<Written<CreatedApiKey>>;
}

/** What an owner may use and has used, as clients see it. */
export interface AccountView {
  readonly owner: string;
  readonly limits: Limits;
  readonly usage: Usage;
  readonly renewsAt: { readonly jobsPerDay: string; readonly bytesPerMonth: string };
}

/** The accounts of owners. Everybody has one: without limits, if nobody limited them. */
export interface AccountService {
  get(owner: string): Promise<AccountView>;
  /** Sets limits; those that are absent stay. */
  limit(owner: string, limits: Partial<Limits>, by: Actor): Promise<AccountView>;
  /**
   * Takes one of the probes or streams that an owner may have at once, over all processes, and gives what releases it. Throws
   * `quota_exceeded`.
   */
  takeSlot(owner: string, kind: SlotKind): Promise<() => void>;
}

/** What a client asks to be downloaded, after validation. */
export interface SubmitCommand {
  readonly owner: string;
  readonly body: DownloadRequest;
  /** The body as the client wrote it, which an idempotency key stands for. */
  readonly written: unknown;
  readonly idempotencyKey: string | null;
  readonly requestId: string;
}

/**
 * What the API needs of the rest of Vidferry. The composition root implements it over the use cases of core, the tests over
 * a map. Every method rejects with an `AppError`, whose code decides the status; anything else becomes `internal_error`.
 */
export interface ApiService {
  /** Figures, history, who did what, and the workers. */
  readonly records: Records;
  /** Accepts a job; `repeated` when the idempotency key was answered before. Throws `unsupported_url`, `host_not_allowed`, `not_configured`, `idempotency_conflict`. */
  submit(input: SubmitCommand): Promise<{ readonly job: Job; readonly repeated: boolean }>;
  /** Throws `not_found`, also for jobs of other owners. */
  get(id: JobId, owner: string): Promise<Job>;
  /** What holds up those of these jobs that could run now. */
  holds(jobs: readonly Job[]): Promise<ReadonlyMap<JobId, Hold>>;
  /** A page, newest first; `next` is null on the last one. */
  list(query: JobQuery): Promise<{ readonly jobs: readonly Job[]; readonly next: JobCursor | null }>;
  /** Throws `not_found`, or `invalid_state` when the job's state does not allow the move. */
  move(id: JobId, owner: string, move: ClientMove, by: Actor, once: Once<Job> | null): Promise<Written<Job>>;
  /** Ends the recording of a live stream, and keeps it. Throws `not_found`, or `invalid_state` when the job records nothing. */
  finish(id: JobId, owner: string, by: Actor, once: Once<Job> | null): Promise<Written<Job>>;
  /** How many jobs of a filter are in each state. */
  count(query: Omit<JobQuery, "after" | "limit">): Promise<JobCounts>;
  /** Does one thing to several jobs of an owner. */
  changeAll(command: BulkCommand, once: Once<BulkResult> | null): Promise<Written<BulkResult>>;
  /**
   * Changes labels and priority, of a job as it was `seen` if that is given. Throws `not_found`, `invalid_state`,
   * `invalid_request`, `precondition_failed`.
   */
  edit(id: JobId, owner: string, edit: JobEdit, seen: Job | null): Promise<Job>;
  /** The job once it is over, or as it is when the time is over or the signal aborts. */
  waitForEnd(job: Job, options: WaitForEndOptions): Promise<Job>;
  /** Cancels the job if it runs, deletes its files and its row. Throws `not_found`. */
  remove(id: JobId, owner: string, by: Actor): Promise<void>;
  /**
   * The events of a job in order; first a `job` event unless it resumes after `lastEventId`; ends after the terminal one, or
   * when the signal aborts. It is pulled: for a slow reader it keeps the newest `progress` only, and every `job` event.
   */
  follow(
    id: JobId,
    owner: string,
    options: { readonly lastEventId: string | null; readonly signal: AbortSignal },
  ): AsyncIterable<LoggedEvent>;
  /**
   * The events of all jobs of an owner: first the running and waiting ones and a `snapshot`, unless it resumes after
   * `lastEventId`; ends when the signal aborts. It is pulled, as `follow` is.
   */
  followAll(owner: string, options: FollowOwnerOptions): AsyncIterable<OwnerEvent>;
  /** Makes a ticket that grants what the caller's key grants. */
  createTicket(principal: TicketGrant): Promise<CreatedTicket>;
  /** Uses a ticket up, and says for whom it stands. Throws `unauthorized`. */
  takeTicket(ticket: string): Promise<TicketGrant>;
  /** Throws `not_found`, `artifact_expired`, `range_not_satisfiable`. */
  openFile(id: JobId, owner: string, artifactId: string, range?: RequestedRange): Promise<OpenedFile>;
  /** A URL that opens the file without us for some time; null when the storage makes none. */
  fileLink(id: JobId, owner: string, artifactId: string): Promise<string | null>;
  readonly keys: KeyService;
  readonly accounts: AccountService;
  readonly schedules: ScheduleService;
  readonly webhooks: WebhookService;
  readonly egresses: EgressService;
  readonly batches: BatchService;
  /** What a link offers. Rejects with a code of the `source` family, or the signal's reason. */
  probe(url: string, options: PreviewOptions): Promise<Probe>;
  /**
   * Runs what changes nothing in the store, and keeps its answer. Throws `idempotency_in_progress` while it runs elsewhere,
   * until `holdMs` have passed.
   */
  runOnce<T>(once: Once<T> | null, holdMs: number, run: () => Promise<T>): Promise<Written<T>>;
  /** Looks at everything: store, queue, storage, programs, disk. */
  health(options: { readonly signal: AbortSignal }): Promise<readonly Check[]>;
  /** Looks at what is needed to take requests; cheap enough to be asked every second. */
  ready(): Promise<readonly Check[]>;
}
