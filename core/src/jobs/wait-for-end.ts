import type { ServiceDeps } from "../dependencies.ts";
import { jobTopic } from "./event-log.ts";
import type { Job } from "./job.ts";
import { isTerminal } from "./states.ts";

export interface WaitForEndOptions {
  readonly waitMs: number;
  /** Ends the wait. */
  readonly signal: AbortSignal;
}

/**
 * The job once it is over, or as it is when the time is over or the signal aborts. The event log tells of the end; the store is
 * read before the wait, and when there is something to read. Leaves nothing behind.
 */
export async function waitForEnd(
  { database, events, clock }: Pick<ServiceDeps, "database" | "events" | "clock">,
  job: Job,
  { waitMs, signal }: WaitForEndOptions,
): Promise<Job> {
  if (isTerminal(job.state)) return job;
  const over = new AbortController();
  let news = Promise.withResolvers<void>();
  const unsubscribe = await events.subscribe(jobTopic(job.id), (event) => {
    // A null means that events may have been lost.
    if (event === null || (event.type === "job" && isTerminal(event.data.state))) news.resolve();
  });
  try {
    const late = clock.sleep(waitMs, AbortSignal.any([signal, over.signal])).catch(() => undefined);
    for (let isLate = false; ; ) {
      news = Promise.withResolvers<void>();
      const now = await database.jobs.get(job.id, job.owner);
      if (now === null) return job;
      if (isLate || isTerminal(now.state)) return now;
      isLate = await Promise.race([late.then(() => true), news.promise.then(() => false)]);
    }
  } finally {
    over.abort();
    unsubscribe();
  }
}
