import type { ServiceDeps } from "../dependencies.ts";
import { AppError } from "../errors/app-error.ts";
import type { JobId } from "../runtime/ids.ts";
import { announce, offer } from "./announce.ts";
import type { Job } from "./job.ts";
import type { JobEdit } from "./request.ts";
import { mostLabels } from "./request.ts";

/**
 * Changes the labels of a job, and its priority while it waits.
 * @param seen only while the job is as it was seen
 * Throws `not_found`, `invalid_state`, `invalid_request` for too many labels, and `precondition_failed`.
 */
export async function editJob(
  deps: ServiceDeps,
  id: JobId,
  owner: string | null,
  edit: JobEdit,
  seen: Job | null = null,
): Promise<Job> {
  const outcome = await deps.database.jobs.edit(id, owner, edit, seen);
  switch (outcome.kind) {
    case "edited":
      await announce(deps, outcome.job);
      if (edit.priority !== undefined && outcome.job.state === "queued") await offer(deps, [outcome.job]);
      return outcome.job;
    case "not_found":
      throw new AppError("not_found", `There is no job ${id}.`);
    case "changed":
      throw new AppError("precondition_failed", "The job has changed since it was read.");
    case "not_waiting":
      throw new AppError("invalid_state", `The priority of a job that is ${outcome.state} cannot be changed.`, {
        hint: "It can be changed while the job is `scheduled`, `queued` or `paused`; its labels at any time.",
        fields: [{ path: "/priority", message: `cannot be changed while the job is ${outcome.state}` }],
      });
    case "too_many_labels":
      throw new AppError("invalid_request", `A job has at most ${mostLabels} labels.`, {
        fields: [
          { path: "/labels", message: `at most ${mostLabels} labels, with those that the job has; null removes one` },
        ],
      });
  }
}
