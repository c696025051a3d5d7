import { z } from "zod";

export const JobState = z.enum(["scheduled", "queued", "paused", "running", "succeeded", "failed", "canceled"]);
/** State in the life cycle of a job. */
export type JobState = z.infer<typeof JobState>;

export const JobStage = z.enum(["resolving", "downloading", "processing", "storing"]);
/** What a running attempt is doing. */
export type JobStage = z.infer<typeof JobStage>;

/** What may happen to a job. */
export type JobMove = "due" | "claim" | "succeed" | "fail" | "requeue" | "cancel" | "pause" | "resume" | "retry";

/**
 * The allowed moves: from which states, to which state.
 * The stores put the `from` list into the condition of the update, so two callers can never both win.
 */
export const jobMoves = {
  due: { from: ["scheduled"], to: "queued" },
  claim: { from: ["queued"], to: "running" },
  succeed: { from: ["running"], to: "succeeded" },
  fail: { from: ["running"], to: "failed" },
  requeue: { from: ["running"], to: "queued" },
  cancel: { from: ["scheduled", "queued", "paused", "running"], to: "canceled" },
  // A running job that is paused stops its attempt and keeps the parts it has.
  pause: { from: ["scheduled", "queued", "running"], to: "paused" },
  resume: { from: ["paused"], to: "queued" },
  retry: { from: ["failed", "canceled"], to: "queued" },
} as const satisfies Record<JobMove, { from: readonly JobState[]; to: JobState }>;

const terminal: ReadonlySet<JobState> = new Set(["succeeded", "failed", "canceled"]);

/** Whether a job in this state is over (a retry by hand can still revive `failed` and `canceled`). */
export function isTerminal(state: JobState): boolean {
  return terminal.has(state);
}

/** Whether the move is allowed from this state. */
export function canMove(state: JobState, move: JobMove): boolean {
  return (jobMoves[move].from as readonly JobState[]).includes(state);
}
