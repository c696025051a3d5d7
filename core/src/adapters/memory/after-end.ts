import type { Job } from "../../jobs/job.ts";
import { deliveriesOfEnds } from "../../webhooks/deliveries-of-ends.ts";
import { addDeliveries } from "./deliveries.ts";
import type { Entry } from "./entry.ts";
import { writeHistory } from "./history.ts";
import { type MemoryState, updateEntry } from "./state.ts";

/** Ends a job, with what follows from it. */
export function endEntry(state: MemoryState, entry: Entry, now: Date, changes: Partial<Job>): Job {
  const job = updateEntry(state, entry, now, changes);
  afterEnd(state, [job], now);
  return job;
}

/** Writes what follows from the end of jobs, in the decision that ends them. */
export function afterEnd(state: MemoryState, ended: readonly Job[], now: Date): void {
  for (const job of ended) writeHistory(state, job);
  const listening = state.webhooks.values().filter(({ disabledAt }) => disabledAt === null);
  addDeliveries(state, deliveriesOfEnds(ended, listening), now);
}
