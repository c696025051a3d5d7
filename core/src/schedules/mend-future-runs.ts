import type { ServiceDeps } from "../dependencies.ts";
import { nextTime } from "./rule.ts";
import { runToleranceMs } from "./schedules.ts";

/**
 * Gives schedules that ran while the store's clock was ahead a next time by the clock as it is now: the one that was computed
 * then lies so far ahead that they would stand still until it. The time that they ran for does not come again. Returns how many.
 */
export async function mendFutureRuns(
  { database, calendar }: Pick<ServiceDeps, "database" | "calendar">,
  limit: number,
): Promise<number> {
  const ids = await database.schedules.ranInFuture(runToleranceMs, limit);
  for (const id of ids) {
    await database.transaction(async (tx) => {
      const locked = await tx.schedules.lock(id, null);
      if (locked === null || locked.schedule.nextRunAt === null) return;
      const { schedule, now } = locked;
      const first = nextTime(calendar, schedule, now);
      const isDone = first !== null && first.getTime() === schedule.lastDueAt?.getTime();
      const next = isDone ? nextTime(calendar, schedule, first) : first;
      await tx.schedules.update(id, { lastRunAt: now, nextRunAt: next ?? schedule.nextRunAt });
    });
  }
  return ids.length;
}
