import type { ServiceDeps } from "../dependencies.ts";
import { NoEgressNow } from "../egress/egresses.ts";
import { AppError, isAppError, toAppError } from "../errors/app-error.ts";
import { announceMove, offer } from "../jobs/announce.ts";
import { finishKept, type SubmitReuse } from "../jobs/finish-kept.ts";
import type { Job, JobError } from "../jobs/job.ts";
import type { NewJob } from "../jobs/jobs.ts";
import { reuseKeysOf } from "../jobs/reuse-keys.ts";
import type { ProbeLink } from "../pipeline/downloader.ts";
import { decideRetry } from "../pipeline/retry-policy.ts";
import { type HostPolicy, parseSourceUrl, type SourceUrl } from "../sources/source-url.ts";
import { announceBatch } from "./announce-batch.ts";
import type { BatchArchive, BatchOutcomes } from "./archive.ts";
import type { Batch, BatchEntry, Checkpoint } from "./batch.ts";
import { mostEntries } from "./batch-request.ts";
import type { Expanded } from "./batches.ts";
import { entryFilter } from "./entry-filter.ts";
import { readPage } from "./read-page.ts";
import { renewLease } from "./renew-lease.ts";

export interface ExpandOptions {
  readonly leaseMs: number;
  readonly hosts: HostPolicy;
  /** How lists are read. */
  readonly probe: ProbeLink;
  /** Of batches with `onlyNew`. Absent: everything is new. */
  readonly archive?: BatchArchive;
  /** Who is told that all jobs were made. */
  readonly outcomes?: BatchOutcomes;
  /** Which jobs get kept files as soon as they are made. Absent: none; their attempts look for them. */
  readonly reuse?: SubmitReuse;
  /** Stops it; whoever comes next goes on at the last checkpoint. */
  readonly signal: AbortSignal;
}

/** Jobs made in one transaction. */
const childrenAtOnce = 250;
/** Tries to read one page. */
const mostFailures = 8;
/** An account without room for more jobs, or a list that no egress is free for, is looked at again after so long. */
const waitsMs = 15_000;
/** A list that goes on for so long is endless, whatever of it is wanted. */
const mostRead = 20_000;
/** Pages with nothing new in a row, after which a list only repeats itself. */
const mostIdlePages = 3;
/** Jobs announced side by side. */
const announcedAtOnce = 50;

/** The outcome of a part of the work: whether to go on with the next one. */
type Part = { readonly kind: "on"; readonly batch: Batch } | { readonly kind: "stop" };
const stop: Part = { kind: "stop" };

/**
 * Expands a batch that was claimed: reads its list page by page, and makes the jobs. Each page is written with its checkpoint in
 * one transaction, and each part of the jobs with the note that they were made; both are fenced by the number of the expansion. So
 * a process that is killed at any time leaves nothing out and makes nothing twice. Never rejects because of the source: what
 * fails is tried again later, and is the batch's `error` at last.
 */
export async function expandBatch(deps: ServiceDeps, batch: Batch, options: ExpandOptions): Promise<void> {
  const superseded = new AbortController();
  const over = new AbortController();
  const signal = AbortSignal.any([options.signal, superseded.signal]);
  const renewing = renewLease(deps, batch, options.leaseMs, over.signal, () => superseded.abort());
  try {
    await work(deps, batch, { ...options, signal });
  } catch (error) {
    if (!superseded.signal.aborted && !options.signal.aborted) throw error;
  } finally {
    over.abort();
    await renewing;
    // Another worker may go on at once.
    if (options.signal.aborted) await deps.database.batches.postpone(batch, 0).catch(() => undefined);
  }
}

async function work(deps: ServiceDeps, claimed: Batch, options: ExpandOptions): Promise<void> {
  for (let batch = claimed; !options.signal.aborted; ) {
    const { checkpoint } = batch;
    const isWhole = checkpoint.lists.length === 0;
    const isReversed = batch.source?.order === "reverse";
    // In the order of the list, jobs are made of a page before the next one is read; in the reverse, after the last one.
    const part = isWhole || !isReversed ? await makeChildren(deps, batch, options) : await readOn(deps, batch, options);
    if (part.kind === "stop") return;
    batch = part.batch;
  }
}

/** Makes jobs of what waits, and then reads on, or ends the expansion. */
async function makeChildren(deps: ServiceDeps, batch: Batch, options: ExpandOptions): Promise<Part> {
  const { database } = deps;
  const limit = batch.source?.limit;
  const left = limit === undefined ? childrenAtOnce : limit - (await database.batches.countMade(batch.id));
  // Nobody but who holds the batch changes these.
  const entries = await database.batches.waiting(batch.id, Math.max(0, Math.min(childrenAtOnce, left)));
  const children = await Promise.all(entries.map((entry) => childOf(deps, batch, entry, options.hosts)));
  const made = await database.transaction(async (tx) => {
    if (!(await tx.batches.hold(batch, options.leaseMs))) return null;
    const outcomes = await tx.jobs.createAll(children);
    const done = entries.filter((_, index) => !isAppError(outcomes[index]));
    await tx.batches.markMade(batch.id, done);
    const jobs = outcomes.flatMap((outcome) =>
      isAppError(outcome) || outcome.kind === "conflict" ? [] : [outcome.job],
    );
    const refused = outcomes.find(isAppError) ?? null;
    if (refused !== null && refused.code !== "quota_exceeded") throw refused;
    const isDone = refused === null && entries.length < childrenAtOnce;
    if (isDone && batch.checkpoint.lists.length === 0) {
      // Of a list that is taken from its end there may be more than the limit.
      await tx.batches.dropWaiting(batch.id);
      await tx.batches.expanded(batch, { state: "running", error: null, failures: 0 });
      const whole = await tx.batches.get(batch.id, null);
      if (whole !== null) await options.outcomes?.tell(tx, whole);
    }
    return { jobs, refused, isDone };
  });
  if (made === null) return stop;
  await announceChildren(deps, made.jobs, options.reuse);
  if (made.refused !== null) {
    return await wait(deps, batch, options, made.refused);
  }
  if (!made.isDone) return { kind: "on", batch };
  if (batch.checkpoint.lists.length > 0) return await readOn(deps, batch, options);
  deps.telemetry.happened("batch-expanded", { batchId: batch.id, outcome: "whole", refusal: null });
  await tellNow(deps, batch);
  return stop;
}

async function childOf(deps: ServiceDeps, batch: Batch, { url }: BatchEntry, hosts: HostPolicy): Promise<NewJob> {
  // Before anything is waited for: jobs are listed by their ids, in the order of their entries.
  const id = deps.ids.next("job");
  const { owner, maxAttempts, id: batchId, scheduleId, requestId, traceparent } = batch;
  const request = { ...batch.request, url, labels: { ...batch.request.labels, ...batch.labels } };
  const { priority, labels, scheduledFor } = request;
  const source = allowedLink(url, hosts);
  const keys = source === null ? {} : await reuseKeysOf(deps.database, owner, request, source);
  return {
    ...{ id, owner, request, priority, labels, maxAttempts, requestId, traceparent },
    ...{ batchId, scheduleId, idempotency: null, ...keys },
    scheduledFor: scheduledFor === undefined ? null : new Date(scheduledFor),
  };
}

/** Null: the operator has forbidden it since it was read. */
function allowedLink(url: string, hosts: HostPolicy): SourceUrl | null {
  try {
    return parseSourceUrl(url, hosts);
  } catch (error) {
    if (isAppError(error)) return null;
    throw error;
  }
}

/** Reads the next page and writes it. */
async function readOn(deps: ServiceDeps, batch: Batch, options: ExpandOptions): Promise<Part> {
  const { source } = batch;
  const isReversed = source?.order === "reverse";
  const decide = entryFilter(source?.match ?? {}, deps.compilePattern);
  let page: Awaited<ReturnType<typeof readPage>>;
  try {
    // What does not match counts for nothing, and of the end nothing is known before all is read.
    const most = source?.match === undefined && !isReversed ? source?.limit : undefined;
    const wanted = most === undefined ? {} : { wanted: most - batch.checkpoint.matched };
    page = await readPage(batch.checkpoint, { ...options, ...wanted, decide, isReversed });
  } catch (error) {
    options.signal.throwIfAborted();
    return await failed(deps, batch, options, toAppError(error));
  }
  const limit = source?.limit;
  const isTooLong =
    limit === undefined &&
    source?.match === undefined &&
    batch.checkpoint.read === 0 &&
    (page.count ?? 0) > mostEntries;
  if (isTooLong) return await giveUp(deps, batch, options, tooLong());
  const written = await deps.database.transaction(async (tx) => {
    if (!(await tx.batches.hold(batch, options.leaseMs))) return null;
    const archive = batch.onlyNew ? (options.archive ?? null) : null;
    // The limit counts what the archive knows too: else each run would dig further into what is old.
    const room =
      isReversed || limit === undefined ? page.entries.length : roomOf(page.entries, limit - batch.checkpoint.matched);
    const entries = archive === null ? page.entries : page.entries.slice(0, room);
    const wanted = entries.filter(({ skipped }) => skipped === null);
    const fresh = archive === null ? null : new Set(await archive.take(tx, batch, wanted));
    const kept =
      fresh === null ? entries.slice(0, room) : entries.filter((entry) => entry.skipped !== null || fresh.has(entry));
    const added = await tx.batches.addEntries(batch.id, kept);
    const counted = fresh === null ? added.filter(({ skipped }) => skipped === null) : wanted;
    const matched = batch.checkpoint.matched + counted.length;
    // A page that was taken before is no sign that the list only repeats itself.
    const isIdle = fresh === null && wanted.length > 0 && added.length === 0;
    const idlePages = isIdle ? batch.checkpoint.idlePages + 1 : 0;
    // The tabs of a channel begin with the newest: what comes after a page that was taken before is older still. Playlists may grow
    // at their end, and are read to it.
    const isOld =
      fresh?.size === 0 && wanted.length > 0 && !isReversed && isNewestFirst(batch.checkpoint, options.hosts);
    const isEnough = !isReversed && limit !== undefined && matched >= limit;
    const isOver = isOld || isEnough || idlePages >= mostIdlePages;
    const checkpoint: Checkpoint = {
      ...page.checkpoint,
      matched,
      idlePages,
      lists: isEnough ? [] : isOver ? batch.checkpoint.lists.slice(1) : page.checkpoint.lists,
      ...(isOver && { offset: 0, tail: [], idlePages: 0 }),
    };
    const title = batch.title ?? page.title;
    await tx.batches.expanded(batch, { checkpoint, title, error: null, failures: 0 });
    return { ...batch, checkpoint, title, error: null, failures: 0 };
  });
  if (written === null) return stop;
  const { checkpoint } = written;
  const isEndless = checkpoint.read > mostRead || (limit === undefined && checkpoint.matched > mostEntries);
  if (isEndless && checkpoint.lists.length > 0) return await giveUp(deps, written, options, tooLong());
  await tellNow(deps, written);
  return { kind: "on", batch: written };
}

/** Whether the list that is being read is a channel's, which begins with the newest. */
function isNewestFirst({ lists: [list] }: Checkpoint, hosts: HostPolicy): boolean {
  return list !== undefined && parseSourceUrl(list.url, hosts).kind === "channel";
}

/** How many of the entries may be kept so that no more than `most` jobs are made of them. */
function roomOf(entries: readonly BatchEntry[], most: number): number {
  let left = most;
  const end = entries.findIndex(({ skipped }) => skipped === null && --left < 0);
  return end < 0 ? entries.length : end;
}

const tooLong = (): AppError =>
  new AppError("playlist_too_long", `The list has more than ${mostEntries} videos, and no \`source.limit\` was set.`);

/** Something has to be free first that others use now: looks again soon, however often. */
async function wait(deps: ServiceDeps, batch: Batch, options: ExpandOptions, error: AppError): Promise<Part> {
  await note(deps, batch, options, { error: errorOf(error) });
  await deps.database.batches.postpone(batch, waitsMs);
  return stop;
}

/** A page could not be read: it is tried again later, or never. */
async function failed(deps: ServiceDeps, batch: Batch, options: ExpandOptions, error: AppError): Promise<Part> {
  if (error instanceof NoEgressNow) return await wait(deps, batch, options, error);
  const failures = batch.failures + 1;
  const { retry, delayMs } = decideRetry({
    ...{ code: error.code, failures, maxAttempts: mostFailures, retryAt: error.retryAt },
    ...{ now: deps.clock.now(), random: Math.random(), createdAt: batch.createdAt, attempt: failures },
  });
  // A tab of a channel may be empty; the others are read all the same.
  const [, ...others] = batch.checkpoint.lists;
  if (!retry && error.code === "playlist_empty" && batch.checkpoint.lists[0]?.isNested) {
    const checkpoint = { ...batch.checkpoint, lists: others, offset: 0, tail: [] };
    const isHeld = await note(deps, batch, options, { checkpoint, failures: 0 });
    return isHeld ? { kind: "on", batch: { ...batch, checkpoint, failures: 0 } } : stop;
  }
  if (!retry) return await giveUp(deps, batch, options, error);
  deps.logger.info("a page of a batch could not be read; it is tried again", {
    ...{ batchId: batch.id, code: error.code, failures, delayMs },
  });
  if (await note(deps, batch, options, { error: errorOf(error), failures })) {
    await deps.database.batches.postpone(batch, delayMs);
    await tellNow(deps, batch);
  }
  return stop;
}

/** Ends the expansion with an error; the jobs that were made go on. What was read and not made yet is made when it is retried. */
async function giveUp(deps: ServiceDeps, batch: Batch, options: ExpandOptions, error: AppError): Promise<Part> {
  if (await note(deps, batch, options, { state: "running", error: errorOf(error) })) {
    const refusal = { code: error.code, detail: error.message };
    deps.telemetry.happened("batch-expanded", { batchId: batch.id, outcome: "failed", refusal });
  }
  await tellNow(deps, batch);
  return stop;
}

/** Writes what changes of the batch, unless it was superseded. */
async function note(deps: ServiceDeps, batch: Batch, { leaseMs }: ExpandOptions, changes: Expanded): Promise<boolean> {
  return await deps.database.transaction(async (tx) => {
    if (!(await tx.batches.hold(batch, leaseMs))) return false;
    await tx.batches.expanded(batch, changes);
    return true;
  });
}

const errorOf = ({ code, message, hint, retryable }: AppError): JobError => ({
  code,
  detail: message,
  hint,
  retryable,
});

async function announceChildren(deps: ServiceDeps, made: readonly Job[], reuse?: SubmitReuse): Promise<void> {
  const queued: Job[] = [];
  const announce = async (child: Job): Promise<void> => {
    const job = reuse === undefined ? child : await finishKept(deps, reuse, child);
    if (job.state === "queued") queued.push(job);
    await announceMove(deps, job);
  };
  for (let from = 0; from < made.length; from += announcedAtOnce)
    await Promise.all(made.slice(from, from + announcedAtOnce).map(announce));
  await offer(deps, queued);
}

async function tellNow(deps: ServiceDeps, { id }: Batch): Promise<void> {
  const batch = await deps.database.batches.get(id, null);
  if (batch !== null) await announceBatch(deps, batch);
}
