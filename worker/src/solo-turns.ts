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
  /** A job has run alone. */
  ended(): void;
  /** No other job is waiting. */
  othersAreDone(): void;
}

/** Minimum interval between two queries of the database. */
const lookEveryMs = 500;
/** Length of the first hold. Idle workers get a head start of the same length before it. */
const firstHoldMs = 5_000;
const longestHoldMs = 4 * 3_600_000;
/** A worker that is free because a job has just run alone goes on with the next such job, until its turn has lasted this long. */
const turnMs = 10_000;
/** Other jobs come next for as long as the turn has lasted, and for this long at most. */
const longestRestMs = 60_000;

/**
 * A worker that runs nothing takes such a job at once. A busy one first lets free workers have it; then one worker of all
 * (the store marks the job as offered) takes nothing new until it is free. A hold that was too short for what still runs
 * ends, so that free slots are not idle behind one long job; the next hold is twice as long, after a pause of the same length.
 *
 * A turn begins with the hold, or with the first job, and takes several jobs when they are short: making way for each of them
 * would cost more than they do. So jobs that run alone and all others have equal shares of a worker while both wait.
 */
export function createSoloTurns({
  dispatch,
  clock,
  areQueued,
}: {
  readonly dispatch: Dispatch;
  readonly clock: Clock;
  /** Whether jobs may be queued that must run alone. */
  readonly areQueued: () => Promise<boolean>;
}): SoloTurns {
  const now = () => clock.now().getTime();
  let lookAt = 0;
  let restUntil = 0;
  let holdMs = firstHoldMs;
  let holdUntil: number | null = null;
  /** When the turn of the jobs that run alone began. */
  let turnSince: number | null = null;
  const others: SoloTurn = { kind: "others" };

  const endTurn = () => {
    holdUntil = null;
    if (turnSince !== null) restUntil = now() + Math.min(longestRestMs, now() - turnSince);
    turnSince = null;
  };

  return {
    next: async (running) => {
      const at = now();
      if (running > 0 && holdUntil !== null) {
        if (at < holdUntil) return { kind: "hold", ms: holdUntil - at };
        endTurn();
        restUntil = at + holdMs;
        holdMs = Math.min(longestHoldMs, holdMs * 2);
      }
      if (at < restUntil || at < lookAt) return others;
      lookAt = at + lookEveryMs;
      if (running === 0) {
        holdUntil = null;
        const [hint] = (await areQueued()) ? await dispatch.nextQueued(1, "alone") : [];
        if (hint === undefined) {
          endTurn();
          return others;
        }
        turnSince ??= at;
        return { kind: "run", id: hint.jobId };
      }
      const [hint] = (await areQueued()) ? await dispatch.takeUnoffered(holdMs, 1, "alone") : [];
      if (hint === undefined) return others;
      turnSince = at;
      holdUntil = at + holdMs;
      // As soon as the worker is idle it must query without waiting for the interval.
      lookAt = 0;
      return { kind: "hold", ms: holdMs };
    },
    ended: () => {
      holdMs = firstHoldMs;
      if (turnSince === null || now() - turnSince >= turnMs) endTurn();
      else lookAt = 0;
    },
    othersAreDone: () => {
      restUntil = 0;
    },
  };
}
