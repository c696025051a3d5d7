import type { Repositories } from "../database/database.ts";
import type { ServiceDeps } from "../dependencies.ts";
import { requireEgress } from "../egress/require-egress.ts";
import { AppError, type FieldError, isAppError } from "../errors/app-error.ts";
import { type Once, type Written, writeOnce } from "../idempotency/once.ts";
import { requireServers, type SubmitPolicy } from "../jobs/submit-job.ts";
import type { BatchId, ScheduleId } from "../runtime/ids.ts";
import { type HostPolicy, parseSourceUrl } from "../sources/source-url.ts";
import { requireAllowed, requireWebhookSupport } from "../webhooks/manage-webhooks.ts";
import { announceBatch } from "./announce-batch.ts";
import { type Batch, type BatchEntry, nothingToRead } from "./batch.ts";
import type { BatchRequest } from "./batch-request.ts";
import { entryFilter } from "./entry-filter.ts";

/** Where a batch comes from, if not from a client. */
export interface BatchOrigin {
  readonly scheduleId?: ScheduleId | null;
  /** Take only what the schedule has not taken before. */
  readonly onlyNew?: boolean;
}

export interface CreateBatchInput {
  readonly owner: string;
  /** Already validated; defaults filled in. */
  readonly request: BatchRequest;
  /** The request that brings it; null: none that anybody could name. */
  readonly requestId: string | null;
}

/** A batch that was checked. */
export interface PreparedBatch {
  readonly id: BatchId;
  /** Writes it, as part of a transaction; {@link announceBatch} it afterwards. */
  write(tx: Repositories): Promise<Batch>;
}

/**
 * Accepts a batch. Its jobs are made by whoever expands it (`expandBatch`). Throws `unsupported_url`, `host_not_allowed`,
 * `invalid_request`, `not_configured`, `unavailable`: each link is checked before anything starts.
 */
export async function createBatch(
  deps: ServiceDeps,
  policy: SubmitPolicy,
  input: CreateBatchInput,
  once: Once<Batch> | null = null,
  origin: BatchOrigin = {},
): Promise<Written<Batch>> {
  const prepared = prepareBatch(deps, policy, input, origin);
  await requireEgress(deps.database, { egress: input.request.request.egress }, "/request/egress");
  const written = await writeOnce(deps, once, (tx) => prepared.write(tx));
  if (written.kind === "written") void announceBatch(deps, written.value);
  return written;
}

/** Checks a batch, without writing anything. Throws as {@link createBatch}. */
export function prepareBatch(
  deps: Pick<ServiceDeps, "ids" | "telemetry" | "webhookSupport" | "compilePattern">,
  policy: SubmitPolicy,
  { owner, request: batch, requestId }: CreateBatchInput,
  { scheduleId = null, onlyNew = false }: BatchOrigin = {},
): PreparedBatch {
  const { urls, source = null, request } = batch;
  if (request.webhookUrl !== undefined)
    requireAllowed(requireWebhookSupport(deps), request.webhookUrl, "request.webhookUrl");
  requireServers(request, policy.servers);
  if (source !== null) entryFilter(source.match ?? {}, deps.compilePattern);
  const lists = source === null ? [] : [{ url: listUrlOf(source.url, policy.hosts), isNested: false }];
  const entries = urls === undefined ? [] : linkEntries(urls, policy.hosts);
  const id = deps.ids.next("bat");
  const traceparent = deps.telemetry.traceparent();
  return {
    id,
    write: async (tx) => {
      await tx.batches.insert({
        ...{ id, owner, title: null, source, request, labels: batch.labels, scheduleId, onlyNew },
        ...{ requestId, traceparent },
        maxAttempts: request.maxAttempts ?? policy.maxAttempts,
        checkpoint: { ...nothingToRead, lists, read: entries.length, matched: entries.length },
      });
      await tx.batches.addEntries(id, entries);
      const written = await tx.batches.get(id, owner);
      if (written === null) throw new AppError("internal_error", `The batch ${id} was not written.`);
      return written;
    },
  };
}

/** The list that a link means. Links of other sites may be lists: only their pages say. */
function listUrlOf(url: string, hosts: HostPolicy): string {
  const source = parseSourceUrl(url, hosts);
  if (source.kind !== "video" || source.site !== "youtube") return source.url;
  if (source.listUrl !== null) return source.listUrl;
  throw new AppError("unsupported_url", "This is the link of one video, not of a playlist or channel.", {
    hint: "Send it in `urls`, or to POST /api/v1/downloads.",
    fields: [{ path: "/source/url", message: "is the link of one video" }],
  });
}

/** Links named in a message at most. */
const mostNamed = 20;

/** Entries of links, each link once. Throws the first link's error, with every bad one as a field. */
function linkEntries(urls: readonly string[], hosts: HostPolicy): readonly BatchEntry[] {
  const entries = new Map<string, BatchEntry>();
  const refused: { readonly error: AppError; readonly field: FieldError }[] = [];
  for (const [position, url] of urls.entries()) {
    try {
      const link = parseSourceUrl(url, hosts);
      if (link.kind !== "video") throw new AppError("unsupported_url", `This is the link of a ${link.kind}.`);
      if (!entries.has(link.url))
        entries.set(link.url, { key: link.url, position, url: link.url, title: null, skipped: null });
    } catch (error) {
      if (!isAppError(error)) throw error;
      refused.push({ error, field: { path: `/urls/${position}`, message: error.message } });
    }
  }
  const [first] = refused;
  if (first === undefined) return [...entries.values()];
  const { code, message, hint } = first.error;
  throw new AppError(code, `${first.field.path.slice(1).replace("/", ".")}: ${message}`, {
    hint: first.error.code === "unsupported_url" ? "Send links of videos; a list goes into `source.url`." : hint,
    fields: refused.slice(0, mostNamed).map(({ field }) => field),
  });
}
