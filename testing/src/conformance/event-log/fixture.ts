import type { EventLog, JobId, LoggedEvent } from "@vidferry/core";
import { jobTopic } from "@vidferry/core";
import { progressOf } from "../sample-events.ts";
import type { TestKit } from "../test-kit.ts";

/** A log under test. */
export interface EventLogFixture extends AsyncDisposable {
  readonly log: EventLog;
}

/** What the {@link EventLog} suite needs. */
export interface EventLogSuite extends TestKit {
  readonly name: string;
  create(options: {
    readonly maxEvents: number;
    readonly maxSharedEvents?: number;
    readonly maxSharedSeconds?: number;
  }): Promise<EventLogFixture>;
}

/** The percent that a progress event tells; null of any other. */
export const percentOf = (event: LoggedEvent | null): number | null =>
  event?.type === "progress" ? event.data.progress.percent : null;

/** Appends progress of a job to its own topic, one event for each percent of a range. */
export async function appendMany(log: EventLog, jobId: JobId, from: number, to: number): Promise<string[]> {
  const ids: string[] = [];
  for (let i = from; i <= to; i++) ids.push(await log.append(jobTopic(jobId), progressOf(jobId, i)));
  return ids;
}
