import type { ServiceDeps } from "../dependencies.ts";
import type { JobId } from "../runtime/ids.ts";
import type { Hold } from "./dispatch.ts";
import type { Job } from "./job.ts";

/** What holds up those of these jobs that could run now; see {@link import("./resource.ts").toJobResource}. */
export async function holdsOf(
  { database }: Pick<ServiceDeps, "database">,
  jobs: readonly Job[],
): Promise<ReadonlyMap<JobId, Hold>> {
  const due = jobs.filter(({ state, nextAttemptAt }) => state === "queued" && nextAttemptAt === null);
  const holds = await database.dispatch.holds([...new Set(due.map(({ owner }) => owner))]);
  return new Map(
    due.flatMap(({ id, owner }): [JobId, Hold][] => {
      const hold = holds.get(owner);
      return hold === undefined ? [] : [[id, hold]];
    }),
  );
}
