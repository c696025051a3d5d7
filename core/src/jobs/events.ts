import { z } from "zod";
import { Progress } from "./job.ts";
import type { JobResource } from "./resource.ts";
import { JobStage } from "./states.ts";

/** The small event: at most 4 a second a job. */
export const ProgressEvent = z
  .object({ jobId: z.string(), attempt: z.int(), stage: JobStage.nullable(), progress: Progress })
  .meta({ id: "ProgressEvent" });
export type ProgressEvent = z.infer<typeof ProgressEvent>;

/** An event as it is appended: `job` carries the whole job as clients see it. */
export type JobEvent =
  | { readonly type: "job"; readonly data: JobResource }
  | { readonly type: "progress"; readonly data: ProgressEvent };

/** An event with the place it has in the log. Its id is two numbers, `a-b`, that grow with every event of the job. */
export type LoggedEvent = JobEvent & { readonly id: string };

/**
 * What an event says of an attempt. While an attempt runs, its worker tells of it without asking whether it still may; so a
 * log takes nothing of an attempt that runs once it has heard that the attempt is over.
 */
export function attemptOf(event: JobEvent): { readonly attempt: number; readonly isOver: boolean } {
  const isOver = event.type === "job" && event.data.state !== "running";
  return { attempt: event.data.attempt, isOver };
}

/** Orders two event ids of one job: negative when `a` came before `b`. */
export function compareEventIds(a: string, b: string): number {
  const [aHigh = 0, aLow = 0] = a.split("-").map(Number);
  const [bHigh = 0, bLow = 0] = b.split("-").map(Number);
  return aHigh - bHigh || aLow - bLow;
}
