import type { BatchOutcomes } from "../batches/archive.ts";
import type { ServiceDeps } from "../dependencies.ts";
import { scheduleFailedDeliveries } from "./schedule-failed.ts";

/**
 * Writes what became of the batch of a schedule's latest run into its result: how many jobs there were, and why its list could not
 * be read to its end, of which webhooks are told too. A batch of an earlier run changes nothing.
 */
export function scheduleOutcomes(deps: Pick<ServiceDeps, "calendar">): BatchOutcomes {
  return {
    tell: async (tx, { id, scheduleId, state, counts, error }) => {
      if (scheduleId === null) return;
      const locked = await tx.schedules.lock(scheduleId, null);
      const result = locked?.schedule.lastResult ?? null;
      if (locked === null || result?.batchId !== id) return;
      const isFailed = state === "failed";
      const lastResult = { ...result, new: counts.total - counts.skipped, error: isFailed ? error : null };
      const schedule = await tx.schedules.update(scheduleId, { lastResult });
      if (isFailed && schedule !== null)
        await tx.deliveries.insert(await scheduleFailedDeliveries(deps, tx, schedule, locked.now));
    },
  };
}
