import type { ServiceDeps } from "../dependencies.ts";
import { requireEgress } from "../egress/require-egress.ts";
import { AppError } from "../errors/app-error.ts";
import { type HostPolicy, parseSourceUrl } from "../sources/source-url.ts";
import { requireAllowed, requireWebhookSupport } from "../webhooks/manage-webhooks.ts";
import { announceMove, offer } from "./announce.ts";
import { fingerprintOf } from "./fingerprint.ts";
import { keptFor, type SubmitReuse } from "./finish-kept.ts";
import type { Job } from "./job.ts";
import type { CreateOutcome, NewJob } from "./jobs.ts";
import type { DownloadRequest } from "./request.ts";
import { reuseKeysOf } from "./reuse-keys.ts";

export interface SubmitInput {
  readonly owner: string;
  /** Already validated; defaults filled in. */
  readonly request: DownloadRequest;
  /** The same as the client wrote it, without defaults. */
  readonly written: unknown;
  readonly idempotencyKey: string | null;
  /** The request that brings it; null: none that anybody could name. */
  readonly requestId: string | null;
}

export interface SubmitPolicy {
  readonly hosts: HostPolicy;
  /** Attempts of a job whose request does not specify them. */
  readonly maxAttempts: number;
  /** Servers of the operator's that workers can use. Absent: none. */
  readonly servers?: OperatorServers;
  /** Whether a job may get the kept files of another one, and how long it keeps them then. Absent: each is made anew. */
  readonly reuse?: SubmitReuse;
}

/** Which servers of the operator's are set up. */
export interface OperatorServers {
  readonly translator: boolean;
  readonly transcriber: boolean;
}

/**
 * Accepts a job. The answer depends on the store alone; the queue and the event log are notified afterwards, and
 * the maintenance task `unoffered-jobs` offers again what was lost.
 * Throws `invalid_request`, `unsupported_url`, `host_not_allowed`, `not_configured`, `idempotency_conflict`, `unavailable`.
 */
export async function submitJob(
  deps: ServiceDeps,
  policy: SubmitPolicy,
  input: SubmitInput,
): Promise<{ readonly job: Job; readonly repeated: boolean }> {
  const prepared = prepareJob(deps, policy, input);
  const { request } = prepared;
  await requireEgress(deps.database, request);
  const { reuse } = policy;
  const source = parseSourceUrl(request.url, policy.hosts);
  const keys = reuse === undefined ? {} : await reuseKeysOf(deps.database, input.owner, request, source);
  const { idempotencyKey, written } = input;
  const job: NewJob = {
    ...keys,
    ...prepared,
    idempotency: idempotencyKey === null ? null : { key: idempotencyKey, fingerprint: await fingerprintOf(written) },
  };
  const outcome = (reuse && (await createFinished(deps, reuse, job))) ?? (await deps.database.jobs.create(job));
  if (outcome.kind === "conflict") throw new AppError("idempotency_conflict");
  if (outcome.kind === "created") {
    void announceNewJob(deps, outcome.job);
  }
  return { job: outcome.job, repeated: outcome.kind === "repeated" };
}

/**
 * The job that a request makes, if it may be made here. Throws `unsupported_url`, `host_not_allowed`, `not_configured`,
 * `invalid_request`, `unavailable`.
 */
export function prepareJob(
  deps: Pick<ServiceDeps, "ids" | "telemetry" | "webhookSupport">,
  policy: SubmitPolicy,
  input: Pick<SubmitInput, "owner" | "request" | "requestId"> & Pick<NewJob, "batchId" | "scheduleId">,
): Omit<NewJob, "idempotency"> {
  const request = requireAcceptable(deps, policy, input.request);
  return {
    id: deps.ids.next("job"),
    owner: input.owner,
    request,
    priority: request.priority,
    labels: request.labels,
    maxAttempts: request.maxAttempts ?? policy.maxAttempts,
    scheduledFor: request.scheduledFor === undefined ? null : new Date(request.scheduledFor),
    requestId: input.requestId,
    traceparent: deps.telemetry.traceparent(),
    ...(input.batchId !== undefined && { batchId: input.batchId }),
    ...(input.scheduleId !== undefined && { scheduleId: input.scheduleId }),
  };
}

/** The request with its link in the canonical form. Throws as {@link prepareJob} does. */
export function requireAcceptable(
  deps: Pick<ServiceDeps, "webhookSupport">,
  policy: SubmitPolicy,
  request: DownloadRequest,
): DownloadRequest {
  const source = parseSourceUrl(request.url, policy.hosts);
  if (source.kind !== "video") {
    throw new AppError("unsupported_url", `This is the link of a ${source.kind}, not of one video.`, {
      hint: "POST /api/v1/probe lists its videos; send the link of one of them.",
    });
  }
  const { webhookUrl } = request;
  if (webhookUrl !== undefined) requireAllowed(requireWebhookSupport(deps), webhookUrl, "webhookUrl");
  requireServers(request, policy.servers);
  return { ...request, url: source.url };
}

/** Makes a job that has succeeded already, with the kept files of another one; null: there are none. */
async function createFinished(deps: ServiceDeps, reuse: SubmitReuse, job: NewJob): Promise<CreateOutcome | null> {
  const result = await keptFor(deps, reuse, job);
  if (result === null) return null;
  const outcome = await deps.database.transaction(async (tx): Promise<CreateOutcome> => {
    const made = await tx.jobs.create(job);
    if (made.kind !== "created") return made;
    // Its files may be deleted at this moment: then it is queued like any other.
    const done = await tx.reuse.finish({ jobId: job.id, attempt: null }, result);
    return done === null ? made : { kind: "created", job: done };
  });
  if (outcome.kind === "created" && outcome.job.state === "succeeded")
    deps.telemetry.happened("job-reused", { jobId: job.id, how: "kept" });
  return outcome;
}

/** Refuses what no worker could do. */
export function requireServers(
  { subtitles }: Pick<DownloadRequest, "subtitles">,
  { translator, transcriber }: OperatorServers = { translator: false, transcriber: false },
): void {
  const refuse = (field: string, server: string, setting: string) => {
    const message = `needs a ${server}, and none is set up (${setting})`;
    throw new AppError("not_configured", `subtitles.${field} ${message}.`, {
      fields: [{ path: `/subtitles/${field}`, message }],
    });
  };
  if (subtitles === undefined) return;
  if (subtitles.transcribe !== "never" && !transcriber)
    refuse("transcribe", "speech-to-text server", "TRANSCRIBER_URL");
  if (subtitles.translator === "libretranslate" && subtitles.translateTo.length > 0 && !translator)
    refuse("translator", "LibreTranslate server", "LIBRETRANSLATE_URL");
}

/**
 * Tells followers and the queue of a job that was written. Not to be awaited by who answers a client: the answer depends on
 * the store alone. In this order, so that the `queued` event mostly precedes those of the worker; when a worker has claimed
 * the job already, the log drops the event. Never rejects.
 */
export async function announceNewJob(deps: ServiceDeps, job: Job): Promise<void> {
  await announceMove(deps, job);
  if (job.state === "queued") await offer(deps, [job]);
}
