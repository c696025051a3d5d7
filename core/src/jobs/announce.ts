import type { ServiceDeps } from "../dependencies.ts";
import type { JobHint } from "./dispatch.ts";
import { jobTopic, topicsOf } from "./event-log.ts";
import type { JobEvent } from "./events.ts";
import type { Job } from "./job.ts";
import { toJobResource, toRemovedJobResource } from "./resource.ts";
import { isTerminal } from "./states.ts";

/** How long the events of a job that is over can be replayed, in seconds. */
export const eventRetentionSeconds = 3600;

type AnnounceDeps = Pick<ServiceDeps, "events" | "queue" | "signals" | "logger">;
type MoveDeps = AnnounceDeps & Pick<ServiceDeps, "telemetry">;

/** Appends an event to each topic that it belongs to. Rejects with `unavailable` when one of them could not be written. */
export async function tell(
  { events }: Pick<ServiceDeps, "events">,
  job: Pick<Job, "id" | "owner" | "batchId">,
  event: JobEvent,
): Promise<void> {
  await Promise.all(topicsOf(job, event.type).map((topic) => events.append(topic, event)));
}

/** Tells everybody that a job was accepted, or that its state has changed. Never rejects. */
export async function announceMove(deps: MoveDeps, job: Job): Promise<void> {
  const { state, startedAt, finishedAt } = job;
  const isOver = isTerminal(state) && finishedAt !== null && startedAt !== null;
  deps.telemetry.happened("job-moved", {
    jobId: job.id,
    state,
    attempt: job.attempt,
    requestId: job.requestId,
    code: state === "failed" ? (job.error?.code ?? "internal_error") : null,
    ranSeconds: isOver ? Math.max(0, finishedAt.getTime() - startedAt.getTime()) / 1000 : null,
  });
  await announce(deps, job);
}

/**
 * Appends a `job` event, of a job whose state is as followers know it already. Never rejects: followers fall back to the store
 * when the log has lost events.
 */
export async function announce(deps: AnnounceDeps, job: Job): Promise<void> {
  try {
    await tell(deps, job, { type: "job", data: toJobResource(job) });
    if (isTerminal(job.state)) await deps.events.expire(jobTopic(job.id), eventRetentionSeconds);
  } catch (error) {
    deps.logger.warn("a job event could not be appended", { jobId: job.id, state: job.state, error });
  }
}

/**
 * Tells followers that a job was deleted, by the last `job` event that there is of it, and deletes its own log. Never rejects:
 * a follower of the job ends when the store no longer has it, and one of all jobs learns it by its next snapshot.
 */
export async function announceRemoved(deps: AnnounceDeps & Pick<ServiceDeps, "clock">, job: Job): Promise<void> {
  try {
    await tell(deps, job, { type: "job", data: toRemovedJobResource(job, deps.clock.now()) });
    await deps.events.remove(jobTopic(job.id));
  } catch (error) {
    // They expire by themselves, and nobody can ask for them without the row.
    deps.logger.warn("the deletion of a job could not be told", { jobId: job.id, error });
  }
}

/**
 * Offers queued jobs to the queue. Jobs that must run alone are not: a worker that cannot take them now would have to
 * requeue them again and again, so workers poll the store for them. Never rejects: the maintenance task `unoffered-jobs` repeats
 * lost hints.
 */
export async function offer(deps: AnnounceDeps, jobs: readonly Job[], delayMs = 0): Promise<void> {
  const hints = jobs.filter((job) => !job.alone).map((job) => ({ jobId: job.id, lane: job.priority }));
  await offerHints(deps, hints, delayMs);
}

/** Sends hints to the queue. Never rejects. */
export async function offerHints(deps: AnnounceDeps, hints: readonly JobHint[], delayMs = 0): Promise<void> {
  if (hints.length === 0) return;
  try {
    await deps.queue.offer(hints, delayMs);
  } catch (error) {
    deps.logger.warn("jobs could not be offered to the queue; the task unoffered-jobs will", {
      count: hints.length,
      error,
    });
  }
}

/** Signals the worker that runs the job to ask the store at once. Never rejects: its next heartbeat finds out anyway. */
export function signalStop({ signals }: Pick<ServiceDeps, "signals">, job: Job): Promise<void> {
  return signals.send({ type: "stop", jobId: job.id });
}
