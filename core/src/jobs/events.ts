import { z } from "zod";
import type { BatchResource } from "../batches/resource.ts";
import { Progress } from "./job.ts";
import type { JobResource } from "./resource.ts";
import { JobStage } from "./states.ts";

/** The small event: at most 4 a second a job. */
export const ProgressEvent = z
  .object({ jobId: z.string(), attempt: z.int(), stage: JobStage.nullable(), progress: Progress })
  .meta({ id: "ProgressEvent" });
export type ProgressEvent = z.infer<typeof ProgressEvent>;

/** The types of the events that are logged. */
export const jobEventTypes = ["job", "progress", "batch"] as const;
export type JobEventType = (typeof jobEventTypes)[number];

/** What an event carries, by its type; `job` and `batch`: the whole of it as clients see it. */
interface EventData {
  readonly job: JobResource;
  readonly progress: ProgressEvent;
  readonly batch: BatchResource;
}

/** An event as it is appended. */
export type JobEvent = {
  [Type in JobEventType]: { readonly type: Type; readonly data: EventData[Type] };
}[JobEventType];

/** An event with its position in the log. Its id is two numbers, `a-b`, that grow with every event of the topic. */
export type LoggedEvent = JobEvent & { readonly id: string };

/** Ends the `job` events that tell an owner's running and waiting jobs as they are now. */
export const SnapshotEvent = z
  .object({
    jobs: z.int().describe("How many `job` events came before it."),
    complete: z.boolean().describe("False when there are more running and waiting jobs than were told."),
  })
  .meta({ id: "SnapshotEvent" });
export type SnapshotEvent = z.infer<typeof SnapshotEvent>;

/** What a follower of all jobs of an owner gets. */
export type OwnerEvent = LoggedEvent | { readonly type: "snapshot"; readonly id: string; readonly data: SnapshotEvent };

/** Which attempt of which job an event is about. */
export interface EventAttempt {
  readonly jobId: string;
  readonly attempt: number;
  /** The attempt is over, or none has begun. */
  readonly isOver: boolean;
}

/** What an event says of an attempt; see {@link isOutdated}. */
export function attemptOf(event: JobEvent): EventAttempt {
  // A batch has no attempts: none of its events is outdated.
  if (event.type === "batch") return { jobId: event.data.id, attempt: 0, isOver: true };
  const { attempt } = event.data;
  if (event.type === "progress") return { jobId: event.data.jobId, attempt, isOver: false };
  return { jobId: event.data.id, attempt, isOver: event.data.state !== "running" };
}

/**
 * Whether an event is outdated in a log whose latest one of the same job is `latest`. Events are appended without asking the
 * store: a worker whose attempt was canceled goes on briefly, and a client's move may be appended after the worker's reaction.
 */
export function isOutdated(event: EventAttempt, latest: EventAttempt): boolean {
  return event.attempt < latest.attempt || (event.attempt === latest.attempt && latest.isOver && !event.isOver);
}

/** Orders two event ids of one topic: negative when `a` came before `b`. */
export function compareEventIds(a: string, b: string): number {
  const [aHigh = 0, aLow = 0] = a.split("-").map(Number);
  const [bHigh = 0, bLow = 0] = b.split("-").map(Number);
  return aHigh - bHigh || aLow - bLow;
}
