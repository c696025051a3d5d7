import type { ServiceDeps } from "../dependencies.ts";
import { AppError } from "../errors/app-error.ts";
import { type HostPolicy, parseSourceUrl } from "../sources/source-url.ts";
import { requireAllowed, requireWebhookSupport } from "../webhooks/manage-webhooks.ts";
import { announceMove, offer } from "./announce.ts";
import { fingerprintOf } from "./fingerprint.ts";
import type { Job } from "./job.ts";
import type { DownloadRequest } from "./request.ts";

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
}

/** Which servers of the operator's are set up. */
export interface OperatorServers {
  readonly translator: boolean;
  readonly transcriber: boolean;
}

/**
 * Accepts a job. The answer depends on the store alone; the queue and the event log are notified afterwards, and
 * the maintenance task `unoffered-jobs` offers again what was lost.
 * Throws `unsupported_url`, `host_not_allowed`, `not_configured`, `idempotency_conflict`, `unavailable`.
 */
export async function submitJob(
  deps: ServiceDeps,
  policy: SubmitPolicy,
  input: SubmitInput,
): Promise<{ readonly job: Job; readonly repeated: boolean }> {
  const source = parseSourceUrl(input.request.url, policy.hosts);
  if (source.kind !== "video") {
    throw new AppError("unsupported_url", `This is the link of a ${source.kind}, not of one video.`, {
      hint: "POST /api/v1/probe lists its videos; send the link of one of them.",
    });
  }
  const { webhookUrl } = input.request;
  if (webhookUrl !== undefined) requireAllowed(requireWebhookSupport(deps), webhookUrl, "webhookUrl");
  requireServers(input.request, policy.servers);
  const request: DownloadRequest = { ...input.request, url: source.url };
  const outcome = await deps.database.jobs.create({
    id: deps.ids.next("job"),
    owner: input.owner,
    request,
    priority: request.priority,
    labels: request.labels,
    maxAttempts: request.maxAttempts ?? policy.maxAttempts,
    scheduledFor: request.scheduledFor === undefined ? null : new Date(request.scheduledFor),
    requestId: input.requestId,
    traceparent: deps.telemetry.traceparent(),
    idempotency:
      input.idempotencyKey === null
        ? null
        : { key: input.idempotencyKey, fingerprint: await fingerprintOf(input.written) },
  });
  if (outcome.kind === "conflict") throw new AppError("idempotency_conflict");
  if (outcome.kind === "created") {
    void notify(deps, outcome.job);
  }
  return { job: outcome.job, repeated: outcome.kind === "repeated" };
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

// Not awaited: the answer depends on the store alone. In this order, so that the `queued` event mostly precedes those of the
// worker; when a worker has claimed the job already, the log drops the event. Neither step rejects.
async function notify(deps: ServiceDeps, job: Job): Promise<void> {
  await announceMove(deps, job);
  if (job.state === "queued") await offer(deps, [job]);
}
