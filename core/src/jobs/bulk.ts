import type { Actor, NewAuditEntry } from "../audit/audit.ts";
import type { Repositories } from "../database/database.ts";
import type { ServiceDeps } from "../dependencies.ts";
import type { AppError } from "../errors/app-error.ts";
import type { ErrorCode } from "../errors/codes.ts";
import { type Once, type Written, writeOnce } from "../idempotency/once.ts";
import { releaseFiles } from "../library/release-files.ts";
import type { JobId } from "../runtime/ids.ts";
import type { Job } from "./job.ts";
import type { ClientMove, JobCursor, JobQuery } from "./jobs.ts";
import { tellMoved, tellRemoved } from "./manage-job.ts";
import { placeOf } from "./rules/list-order.ts";
import { type JobState, jobMoves } from "./states.ts";

/** What can be done to several jobs at once. */
export type BulkAction = ClientMove | "delete";

/** Which jobs: these, or a page of those that agree with a filter. */
export type BulkTarget =
  | { readonly ids: readonly JobId[] }
  | {
      readonly filter: Omit<JobQuery, "owner" | "after" | "limit">;
      readonly after?: JobCursor;
      readonly limit: number;
    };

/** What is asked for. */
export interface BulkCommand {
  readonly owner: string;
  readonly action: BulkAction;
  readonly target: BulkTarget;
  /** Who asks for it, where that is worth entries of the audit log. */
  readonly by?: Actor;
}

/** What became of one job. */
export interface BulkItem {
  readonly id: string;
  /** Its state now; null: it does not exist. */
  readonly state: JobState | null;
  /** Why nothing was done to it; null: it was. */
  readonly error: { readonly code: ErrorCode; readonly detail: string } | null;
}

export interface BulkResult {
  readonly items: readonly BulkItem[];
  /** Where a filter goes on; null: there is nothing left. */
  readonly next: JobCursor | null;
  /** How many jobs the filter still holds that the action is for; a lower bound unless `exact`. */
  readonly remaining: { readonly count: number; readonly exact: boolean };
}

/** What a transaction changed, to be told of afterwards. */
interface Changed extends BulkResult {
  readonly changed: readonly Job[];
  readonly released: readonly string[];
}

/**
 * Does one thing to several jobs of an owner, in one transaction: each job is changed if its state allows it at that moment, and
 * the others are answered with the reason. What a filter holds is done page by page; jobs that another client changes
 * meanwhile are left as they are then.
 */
export async function changeJobs(
  deps: ServiceDeps,
  command: BulkCommand,
  once: Once<BulkResult> | null,
): Promise<Written<BulkResult>> {
  const written = await writeOnce<Changed>(deps, once, (tx) => change(tx, command));
  if (written.kind === "repeated") return written;
  const { changed, released } = written.value;
  if (command.action === "delete") await tellRemoved(deps, changed, released);
  else await tellMoved(deps, changed, command.action);
  return written;
}

async function change(tx: Repositories, command: BulkCommand): Promise<Changed> {
  const { owner, action } = command;
  const { ids, next } = await pick(tx, command);
  const isDelete = action === "delete";
  const { moved: changed, refused } = isDelete
    ? { moved: await tx.jobs.removeAll(ids, owner), refused: [] }
    : await tx.jobs.moveAll(ids, owner, action);
  const keys = isDelete ? changed.flatMap(({ artifacts }) => artifacts.map(({ storageKey }) => storageKey)) : [];
  const released = keys.length === 0 ? [] : await releaseFiles(tx, keys);
  await note(tx, command, changed);
  const done = new Map(changed.map((job) => [job.id, job.state]));
  const left = ids.filter((id) => !done.has(id));
  const states = await tx.jobs.states(left, owner);
  const reasons = new Map(refused.map(({ id, error }) => [id, error]));
  const items = ids.map((id): BulkItem => {
    const after = done.get(id);
    if (after !== undefined) return { id, state: isDelete ? null : after, error: null };
    return { id, ...refusal(action, states.get(id) ?? null, reasons.get(id)) };
  });
  return { items, next, changed, released, remaining: await remainingOf(tx, command, next) };
}

/** What was asked for is in the audit log, and as for one job each that it ended or removed. */
async function note(tx: Repositories, { action, by, owner }: BulkCommand, changed: readonly Job[]): Promise<void> {
  if (by === undefined || changed.length === 0) return;
  const detail = { action, jobs: changed.length };
  const asked: NewAuditEntry = { action: "jobs.bulk", by, subject: null, owner, detail };
  const ofJobs = changed.flatMap(({ id: subject, state }): NewAuditEntry[] => {
    if (action === "cancel") return [{ action: "job.canceled", by, subject, owner }];
    return action === "delete" ? [{ action: "job.deleted", by, subject, owner, detail: { state } }] : [];
  });
  // At once: until the end of the transaction nobody else changes these jobs, not even their workers.
  await tx.audit.add(asked, ...ofJobs);
}

function refusal(action: BulkAction, state: JobState | null, reason?: AppError): Omit<BulkItem, "id"> {
  if (state === null) return { state, error: { code: "not_found", detail: "There is no such job." } };
  if (reason !== undefined) return { state, error: { code: reason.code, detail: reason.message } };
  const detail = `A job that is ${state} cannot be moved by \`${action}\`.`;
  return { state, error: { code: "invalid_state", detail } };
}

async function pick(tx: Repositories, { owner, action, target }: BulkCommand) {
  if ("ids" in target) return { ids: [...new Set(target.ids)], next: null };
  const { limit, after } = target;
  const query = { owner, ...openTo(action, target.filter) };
  const jobs = await tx.jobs.list({ ...query, ...(after && { after }), limit: limit + 1 });
  const page = jobs.slice(0, limit);
  const last = page.at(-1);
  const next = jobs.length > limit && last !== undefined ? placeOf(last, { ...query, limit }) : null;
  return { ids: page.map(({ id }) => id), next };
}

/** The filter, narrowed to the states that the action is for: others would be looked at in vain, page after page. */
function openTo<F extends Pick<JobQuery, "states">>(action: BulkAction, filter: F): F {
  if (action === "delete") return filter;
  const from: readonly JobState[] = jobMoves[action].from;
  return { ...filter, states: filter.states?.filter((state) => from.includes(state)) ?? from };
}

async function remainingOf(
  tx: Repositories,
  { owner, action, target }: BulkCommand,
  next: JobCursor | null,
): Promise<BulkResult["remaining"]> {
  if ("ids" in target || next === null) return { count: 0, exact: true };
  const { states, exact } = await tx.jobs.count({ owner, ...openTo(action, target.filter) });
  return { count: Object.values(states).reduce((sum, count) => sum + count, 0), exact };
}
