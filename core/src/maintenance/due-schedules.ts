import type { ServiceDeps } from "../dependencies.ts";
import type { SubmitPolicy } from "../jobs/submit-job.ts";
import { mendFutureRuns } from "../schedules/mend-future-runs.ts";
import { runDueSchedule } from "../schedules/run-schedule.ts";
import type { DueSchedule } from "../schedules/schedules.ts";
import { runEach, throwFirst } from "./run-each.ts";

/** Runs the schedules that are due, all that there are; returns how many ran. One that fails delays no other. */
export async function runDueSchedules(
  deps: ServiceDeps,
  policy: SubmitPolicy,
  batch: number,
  signal: AbortSignal,
): Promise<number> {
  await mendFutureRuns(deps, batch);
  let ran = 0;
  const failures = [];
  for (let after: DueSchedule | undefined; ; ) {
    const due = await deps.database.schedules.due(batch, after);
    failures.push(
      ...(await runEach(due, async ({ id }) => {
        if (signal.aborted) return;
        if (await runDueSchedule(deps, policy, id)) ran += 1;
      })),
    );
    after = due.at(-1);
    // What is due after these is later in order, also what became due meanwhile.
    if (signal.aborted || after === undefined || due.length < batch) break;
  }
  throwFirst(failures);
  return ran;
}
