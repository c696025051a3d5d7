import type { ServiceDeps } from "../dependencies.ts";
import type { LoggedEvent, OwnerEvent } from "./events.ts";
import type { Job } from "./job.ts";
import type { MissedEvents } from "./missed-events.ts";
import { toJobResource } from "./resource.ts";
import type { JobState } from "./states.ts";

/** What {@link snapshotOf} reads, and whom it tells what it told. */
export interface OwnerSnapshotDeps extends Pick<ServiceDeps, "database" | "clock"> {
  readonly missed: MissedEvents;
}

/** Jobs read at once. */
const pageSize = 100;
/** Jobs that a snapshot tells, at most. */
const mostTold = 1_000;
/** Jobs that ended before a snapshot are told too when they are among as many newest ones. */
const newestLooked = 100;
const endedLatelyMs = 3_600_000;

/** In the order in which a snapshot tells them. */
const unfinished: readonly JobState[] = ["running", "queued", "paused", "scheduled"];

interface SnapshotOptions {
  /** The reader had a place, so jobs may have ended without its knowing. */
  readonly resumed: boolean;
  /** The end of the log when the snapshot was begun. */
  readonly endId: string;
  /** Events of other types are left out; undefined: none. */
  readonly types: ReadonlySet<LoggedEvent["type"]> | undefined;
}

/** A `job` event for each unfinished job, and then `snapshot`. */
export async function* snapshotOf(
  deps: OwnerSnapshotDeps,
  owner: string,
  { resumed, endId, types }: SnapshotOptions,
): AsyncGenerator<OwnerEvent, void, void> {
  let jobs = 0;
  let complete = true;
  const tell = (job: Job): LoggedEvent => {
    jobs += 1;
    deps.missed.told(owner, job.id, job.state);
    return { id: `0-${jobs}`, type: "job", data: toJobResource(job) };
  };
  if (types?.has("job") ?? true) {
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

async function* unfinishedJobs({ database }: OwnerSnapshotDeps, owner: string): AsyncGenerator<Job, void, void> {
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
