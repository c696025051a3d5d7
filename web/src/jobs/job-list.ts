import { batch, computed, type ReadonlySignal, type Signal, signal } from "@preact/signals";
import type { DownloadJob } from "@vidferry/sdk";
import { type Problem, problemOf } from "../parts/problem.ts";
import { vidferry } from "../service.ts";
import { noteEnd } from "../session/session.ts";
import { type JobFilter, matches, noFilter, queryOf } from "./job-filter.ts";

const pageSize = 100;

/** Each job has a signal of its own, so that its progress draws its own row anew and nothing else. */
const jobs = new Map<string, Signal<DownloadJob>>();
/** The number of the event that told of each job last, and of the last of all. */
const toldAt = new Map<string, number>();
let told = 0;
const tell = (id: string): void => {
  told += 1;
  toldAt.set(id, told);
};
/** Ids of the jobs that match the filter, newest first. */
const listed = signal<readonly string[]>([]);
/** Hidden until it is known whether a person takes their deletion back. */
const hidden = signal<ReadonlySet<string>>(new Set());

export const filter = signal<JobFilter>(noFilter);
/** Cursor of the next page; null: there is none; undefined: not known yet. */
const nextCursor = signal<string | null | undefined>(undefined);
export const isLoading = signal(false);
/** Why the last page could not be read; null: it could. */
export const listProblem = signal<Problem | null>(null);

export const visible: ReadonlySignal<readonly string[]> = computed(() =>
  hidden.value.size === 0 ? listed.value : listed.value.filter((id) => !hidden.value.has(id)),
);
export const isComplete = computed(() => nextCursor.value === null);
/** Grows whenever a job comes, goes or changes its state: for what counts jobs. */
export const changes = signal(0);

export const jobSignal = (id: string): Signal<DownloadJob> | undefined => jobs.get(id);

/** Lists the jobs of a filter from the start. Never rejects: what goes wrong is in {@link listProblem}. */
export async function show(next: JobFilter): Promise<void> {
  batch(() => {
    // A copy, by which an answer to an earlier question is told from one to this.
    filter.value = { ...next };
    listed.value = [];
    nextCursor.value = undefined;
    listProblem.value = null;
  });
  await loadMore();
}

/** Lists the next page, if there is one. Never rejects, as {@link show}. */
export async function loadMore(): Promise<void> {
  const asked = filter.peek();
  const cursor = nextCursor.peek();
  if (cursor === null || (isLoading.peek() && cursor !== undefined)) return;
  isLoading.value = true;
  const since = told;
  try {
    const page = await vidferry.downloads.list({ ...queryOf(asked), limit: pageSize, ...(cursor ? { cursor } : {}) });
    if (filter.peek() !== asked) return;
    batch(() => {
      listProblem.value = null;
      for (const job of page.data) put(job, since);
      const known = new Set(listed.peek());
      listed.value = [...listed.peek(), ...page.data.map(({ id }) => id).filter((id) => !known.has(id))];
      nextCursor.value = page.nextCursor;
    });
  } catch (error) {
    if (filter.peek() === asked && !noteEnd(error)) listProblem.value = problemOf(error);
  } finally {
    if (filter.peek() === asked) isLoading.value = false;
  }
}

/**
 * Reads the newest page again: the stream of events begins with what is unfinished, so what has ended or gone since the list was
 * read, or while the service was away, is told by the list alone.
 */
export async function catchUp(): Promise<void> {
  const asked = filter.peek();
  const before = new Set(listed.peek());
  const since = told;
  const page = await vidferry.downloads.list({ ...queryOf(asked), limit: pageSize });
  if (filter.peek() !== asked) return;
  batch(() => {
    listProblem.value = null;
    for (const job of page.data) put(job, since);
    const ids = page.data.map(({ id }) => id);
    const last = page.nextCursor === null ? undefined : ids.at(-1);
    // Where more came than a page has, there are others between it and what was listed before.
    const meets = last !== undefined && [...before].some((id) => id >= last);
    // Of pages further down, or made while this one was read.
    const others = listed.peek().filter((id) => (meets && id < last) || !before.has(id));
    listed.value = [...new Set([...ids, ...others])].sort().reverse();
    if (!meets) nextCursor.value = page.nextCursor;
    changes.value += 1;
  });
}

/** Takes over what is known of a job now. */
export function note(job: DownloadJob): void {
  batch(() => {
    const before = jobs.get(job.id)?.peek();
    if (job.deletedAt !== undefined) return forget(job.id);
    put(job);
    if (before?.state !== job.state) changes.value += 1;
    const isListed = listed.peek().includes(job.id);
    const fits = matches(job, filter.peek());
    if (fits && !isListed) insert(job.id);
    if (!fits && isListed && before !== undefined && before.state !== job.state) {
      listed.value = listed.peek().filter((id) => id !== job.id);
    }
  });
}

/** Takes over how far a job is. */
export function noteProgress(id: string, progress: Pick<DownloadJob, "stage" | "progress">): void {
  const job = jobs.get(id);
  if (job === undefined) return;
  job.value = { ...job.peek(), ...progress };
  tell(id);
}

/** Drops jobs that were deleted. */
export function forget(...ids: readonly string[]): void {
  batch(() => {
    for (const id of ids) {
      jobs.delete(id);
      toldAt.delete(id);
    }
    hide(ids, false);
    const gone = new Set(ids);
    listed.value = listed.peek().filter((other) => !gone.has(other));
    changes.value += 1;
  });
}

export function hide(ids: readonly string[], isHidden: boolean): void {
  const next = new Set(hidden.peek());
  for (const id of ids) {
    if (isHidden) next.add(id);
    else next.delete(id);
  }
  hidden.value = next;
}

/** @param since what had been told when it was read; null: it is told just now */
function put(job: DownloadJob, since: number | null = null): void {
  const known = jobs.get(job.id);
  if (known === undefined) jobs.set(job.id, signal(job));
  // A list that took long to come must not undo what events have told meanwhile.
  else if (since === null || (toldAt.get(job.id) ?? 0) <= since) known.value = job;
  if (since === null) tell(job.id);
}

/** Ids begin with the time of their making, so that their order is that of the list. */
function insert(id: string): void {
  const ids = listed.peek();
  const at = ids.findIndex((other) => other < id);
  // Behind the last page that was loaded: it comes with its own page.
  if (at === -1 && nextCursor.peek() !== null) return;
  listed.value = at === -1 ? [...ids, id] : [...ids.slice(0, at), id, ...ids.slice(at)];
}
