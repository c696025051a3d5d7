import type { Clock, Dispatch, JobId } from "@vidferry/core";

/** What a worker does next, with regard to jobs that must run alone. */
export type SoloTurn =
  /** Run this job now: no other job runs. */
  | { readonly kind: "run"; readonly id: JobId }
  /** Claim nothing new for up to `ms`, so that the slots become free for a job that must run alone. */
  | { readonly kind: "hold"; readonly ms: number }
  /** Go on with other jobs. */
  | { readonly kind: "others" };

/** Schedules jobs that must run alone and all others on one worker, without starvation of either. */
export interface SoloTurns {
  /** What to do now, with this number of running jobs. */
  next(running: number): Promise<SoloTurn>;
  /** A job has run alone: other jobs come next. */
  ended(): void;
  /** No other job is waiting. */
  othersAreDone(): void;
}

/** Minimum interval between two queries of the database. */
const lookEveryMs = 500;
/** Length of the first hold. Idle workers get a head start of the same length before it, other jobs a pause after it. */
const firstHoldMs = 10_000;
const longestHoldMs = 4 * 3_600_000;

/**
 * A worker that runs nothing takes such a job at once. A busy one first lets free workers have it; then one worker of all
 * (the store marks the job as offered) takes nothing new until it is free. A hold that was too short for what still runs
 * ends, so that free slots are not idle behind one long job; the next hold is twice as long, after a pause of the same length.
 */
export function createSoloTurns({
  dispatch,
  clock,
}: {
  readonly dispatch: Dispatch;
  readonly clock: Clock;
}): SoloTurns {
  const now = () => clock.now().getTime();
  let lookAt = 0;
  let restUntil = 0;
  let holdMs = firstHoldMs;
  let holdUntil: number | null = null;
  const others: SoloTurn = { kind: "others" };

  const rest = () => {
    holdUntil = null;
    restUntil = now() + holdMs;
  };

  return {
    next: async (running) => {
      const at = now();
      if (running > 0 && holdUntil !== null) {
        if (at < holdUntil) return { kind: "hold", ms: holdUntil - at };
        holdMs = Math.min(longestHoldMs, holdMs * 2);
        rest();
      }
      if (at < restUntil || at < lookAt) return others;
      if (running === 0) {
        holdUntil = null;
        lookAt = at + lookEveryMs;
        const [hint] = await dispatch.nextQueued(1, "alone");
        return hint === undefined ? others : { kind: "run", id: hint.jobId };
      }
      lookAt = at + lookEveryMs;
      const [hint] = await dispatch.takeUnoffered(holdMs, 1, "alone");
      if (hint === undefined) return others;
      holdUntil = at + holdMs;
      // As soon as the worker is idle it must query without waiting for the interval.
      lookAt = 0;
      return { kind: "hold", ms: holdMs };
    },
    ended: () => {
      holdMs = firstHoldMs;
      rest();
    },
    othersAreDone: () => {
      restUntil = 0;
    },
  };
}
