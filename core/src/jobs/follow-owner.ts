import type { ServiceDeps } from "../dependencies.ts";
import { ownerTopic } from "./event-log.ts";
import { compareEventIds, type LoggedEvent, type OwnerEvent } from "./events.ts";
import type { Job } from "./job.ts";
import type { MissedEvents } from "./missed-events.ts";
import { toJobResource } from "./resource.ts";
import type { JobState } from "./states.ts";

export interface FollowOwnerOptions {
  /** Replay the events after this one; null: start with a snapshot. */
  readonly lastEventId: string | null;
  /** Only events of these types, beside `snapshot`. Default: all. */
  readonly types?: ReadonlySet<LoggedEvent["type"]>;
  readonly signal: AbortSignal;
}

interface FollowOwnerDeps extends Pick<ServiceDeps, "database" | "events" | "clock"> {
  readonly missed: MissedEvents;
}

/** Events that wait for a reader, at most: one that is further behind reads the log again. */
const mostWaiting = 100;
/** Events read at once for a reader that is behind. */
const pageSize = 100;
/** Jobs that a snapshot tells, at most. */
const mostTold = 1_000;
/** Jobs that ended before a snapshot are told too when they are among as many newest ones. */
const newestLooked = 100;
const endedLatelyMs = 3_600_000;

/** In the order in which a snapshot tells them. */
const unfinished: readonly JobState[] = ["running", "queued", "paused", "scheduled"];

/**
 * The events of all jobs of an owner, each once, until the signal aborts. A slow reader gets fewer `progress` events, never
 * fewer `job` events, and costs no more memory than a fast one: what it has not read is read from the log again.
 *
 * It starts with a snapshot: a `job` event for each running or waiting job, at most {@link mostTold}, newest first in each
 * state, and then `snapshot`. A reader that resumes gets what it missed instead, or a snapshot when the log no longer has it.
 * The ids of a snapshot's `job` events are `0-1`, `0-2` and so on: whoever resumes from one of them gets a new snapshot.
 */
export async function* followOwner(
  deps: FollowOwnerDeps,
  owner: string,
  options: FollowOwnerOptions,
): AsyncGenerator<OwnerEvent, void, void> {
  const { signal, types, lastEventId } = options;
  const topic = ownerTopic(owner);
  const isWanted = (event: LoggedEvent): boolean => types?.has(event.type) ?? true;
  const inbox = createInbox(isWanted);
  const leave = deps.missed.watch(owner);
  let unsubscribe: (() => void) | undefined;
  signal.addEventListener("abort", inbox.wake, { once: true });
  try {
    unsubscribe = await deps.events.subscribe(topic, (event) => {
      if (event?.type === "job") deps.missed.told(owner, event.data.id as Job["id"], event.data.state);
      inbox.put(event);
    });
    let last = lastEventId;
    // From here on the log is read where something may have been missed, and the inbox otherwise.
    let mustRead = true;
    while (!signal.aborted) {
      if (mustRead) {
        const page = await deps.events.read(topic, last ?? undefined, pageSize);
        if (last === null || !page.complete) {
          yield* snapshot(deps, owner, { resumed: last !== null, endId: page.lastId, isWanted });
          last = page.lastId;
          mustRead = false;
        } else {
          for (const event of page.events) if (isWanted(event)) yield event;
          last = page.lastId;
          mustRead = page.events.length === pageSize;
        }
        continue;
      }
      const event = inbox.take();
      if (event === undefined) await inbox.wait();
      else if (event === null) mustRead = true;
      else if (compareEventIds(event.id, last ?? "0-0") > 0) {
        last = event.id;
        yield event;
      }
    }
  } finally {
    signal.removeEventListener("abort", inbox.wake);
    unsubscribe?.();
    leave();
  }
}

interface SnapshotOptions {
  /** The reader had a place, so jobs may have ended without its knowing. */
  readonly resumed: boolean;
  /** The end of the log when the snapshot was begun. */
  readonly endId: string;
  readonly isWanted: (event: LoggedEvent) => boolean;
}

async function* snapshot(
  deps: FollowOwnerDeps,
  owner: string,
  { resumed, endId, isWanted }: SnapshotOptions,
): AsyncGenerator<OwnerEvent, void, void> {
  let jobs = 0;
  let complete = true;
  const tell = (job: Job): LoggedEvent => {
    jobs += 1;
    deps.missed.told(owner, job.id, job.state);
    return { id: `0-${jobs}`, type: "job", data: toJobResource(job) };
  };
  if (isWanted({ type: "job" } as LoggedEvent)) {
    if (resumed) {
      const since = deps.clock.now().getTime() - endedLatelyMs;
      const newest = await deps.database.jobs.list({ owner, limit: newestLooked });
      for (const job of newest) if (job.finishedAt !== null && job.finishedAt.getTime() > since) yield tell(job);
    }
    for await (const job of unfinishedJobs(deps, owner)) {
      complete = jobs < mostTold;
      if (!complete) break;
      yield tell(job);
    }
  }
  yield { id: endId, type: "snapshot", data: { jobs, complete } };
}

async function* unfinishedJobs({ database }: FollowOwnerDeps, owner: string): AsyncGenerator<Job, void, void> {
  for (const state of unfinished) {
    let after: { readonly createdAt: Date; readonly id: Job["id"] } | undefined;
    for (;;) {
      const page = await database.jobs.list({ owner, states: [state], limit: pageSize, ...(after && { after }) });
      yield* page;
      const oldest = page.at(-1);
      if (oldest === undefined || page.length < pageSize) break;
      after = { createdAt: oldest.createdAt, id: oldest.id };
    }
  }
}

/** Events that were not read yet: the newest progress of each job, and every `job` event up to a bound. */
function createInbox(isWanted: (event: LoggedEvent) => boolean) {
  const waiting = new Map<string, LoggedEvent>();
  /** Something was left out, so that the log must be read. */
  let behind = false;
  let resume: (() => void) | undefined;
  const wake = (): void => {
    resume?.();
    resume = undefined;
  };
  return {
    wake,
    put: (event: LoggedEvent | null): void => {
      if (event === null) behind = true;
      else if (isWanted(event) && !behind) {
        const key = event.type === "progress" ? event.data.jobId : event.id;
        // Its place is behind what came since.
        waiting.delete(key);
        if (waiting.size < mostWaiting) waiting.set(key, event);
        else if (event.type === "job") behind = true;
      }
      if (behind) waiting.clear();
      wake();
    },
    /** The next event; null: read the log; undefined: there is none. */
    take: (): LoggedEvent | null | undefined => {
      if (behind) {
        behind = false;
        return null;
      }
      for (const [key, event] of waiting) {
        waiting.delete(key);
        return event;
      }
      return undefined;
    },
    /** Resolves when there is something to take, and when it is woken. */
    wait: (): Promise<void> =>
      new Promise((resolve) => {
        if (waiting.size > 0 || behind) resolve();
        else resume = resolve;
      }),
  };
}
