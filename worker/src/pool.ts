import type { Delivery, Job, JobId } from "@vidferry/core";
import {
  type AttemptDeps,
  type AttemptLimits,
  type AttemptReuse,
  createSharedAgenda,
  defaultMaintenanceOptions,
  freeSpaceOf,
  runAttempt,
  type SharedAgenda,
} from "@vidferry/core";
import { createSoloTurns } from "./solo-turns.ts";

export interface PoolOptions {
  /** The name leases are taken under; unique to this pool (see `nameWorker`). */
  readonly name: string;
  readonly host: string;
  /** Maximum number of jobs that run at the same time. */
  readonly concurrency: number;
  readonly leaseMs: number;
  readonly limits: AttemptLimits;
  readonly retentionMs: number | null;
  /** Absent: each attempt does its work itself. */
  readonly reuse?: AttemptReuse;
  /** What there is to do, as the process knows it. Default: the pool asks for itself. */
  readonly agenda?: SharedAgenda;
}

/**
 * Takes hints, claims their jobs and runs them, up to `concurrency` at once; jobs that must run alone (see `Job.alone`)
 * with nothing beside them.
 */
export interface WorkerPool {
  /** Jobs that run in this pool now. */
  running(): readonly JobId[];
  /** Whether it takes new jobs: started, not draining, and enough room on the disk. */
  accepts(): boolean;
  /**
   * Takes no more jobs and lets the running ones finish for `graceMs`, of which recordings of live streams end with what they have;
   * those that have not are handed back to the queue without losing an attempt. Resolves when nothing runs any more; attempts that do not end
   * within a minute of that, as where their disk hangs, are left to their leases. A second call with a shorter grace hurries it.
   */
  drain(graceMs: number): Promise<void>;
}

/** Timeout of one receive, in milliseconds: how often an idle loop checks the disk, exclusive jobs and the store. */
const receiveWaitMs = 2_000;
/** What was known to be due so lately is not asked again, in milliseconds. */
const agendaMs = 500;

/** Pause between two tries of a draining pool to learn whether a claim was made, in milliseconds. */
const adoptPauseMs = 500;

/** How long attempts may take to end after they were handed back, in milliseconds: their programs are killed long before. */
const endMs = 60_000;

interface RunningAttempt {
  readonly attempt: number;
  readonly ended: Promise<void>;
}

/** How many hints are taken at once when hints lead to no jobs. */
const staleHints = 100;

/** The disk of the work folders, and what is said when it comes to be so. */
const roomNews = {
  enough: ["info", "there is room on the disk again to take jobs"],
  little: ["error", "too little disk space to take jobs"],
  unknown: ["error", "the disk of the work folders does not answer; no jobs are taken"],
} as const;

/** Starts a pool; it runs until it is drained. */
export function startPool(deps: AttemptDeps, options: PoolOptions): WorkerPool {
  const { logger } = deps;
  const running = new Map<JobId, RunningAttempt>();
  const stopTaking = new AbortController();
  const finishing = new AbortController();
  const handBack = new AbortController();
  /** Nothing runs any more. */
  const over = new AbortController();
  const claim = { worker: options.name, host: options.host, leaseMs: options.leaseMs };
  const agenda = options.agenda ?? createSharedAgenda(deps, defaultMaintenanceOptions.offerAfterMs);
  const turns = createSoloTurns({
    dispatch: deps.database.dispatch,
    clock: deps.clock,
    areQueued: () => agenda.has("queued-alone", agendaMs),
  });
  const freeSpace = freeSpaceOf(deps);
  let room: keyof typeof roomNews = "enough";
  let slotFreed: (() => void) | undefined;
  /** An attempt ended since the store was last asked: its owner's limit may have room for jobs whose hints are used up. */
  let hasEnded = false;
  let stopWaiting: (() => void) | undefined;
  /** The last hints led to no job: more of their kind may come, of jobs that are gone or wait for their owner's limit. */
  let areHintsStale = false;
  /** The job that runs alone now. */
  let solo: JobId | null = null;
  /** A claim failed, perhaps after it was made. */
  let isUnsure = false;

  const start = (job: Job) => {
    // An earlier attempt of the job that lost its lease may still be shutting down in this process; both use the same work folder.
    const earlier = running.get(job.id)?.ended ?? Promise.resolve();
    const ended = earlier
      .then(() =>
        runAttempt(deps, job, {
          leaseMs: options.leaseMs,
          limits: options.limits,
          retentionMs: options.retentionMs,
          ...(options.reuse && { reuse: options.reuse }),
          signal: handBack.signal,
          finish: finishing.signal,
        }),
      )
      // The outcome could not be written, as telemetry was told: the lease expires and maintenance requeues the job.
      .catch(() => undefined)
      .finally(() => {
        if (running.get(job.id)?.ended === ended) running.delete(job.id);
        if (job.id === solo && !running.has(job.id)) {
          solo = null;
          turns.ended();
        }
        hasEnded = true;
        slotFreed?.();
        stopWaiting?.();
      });
    running.set(job.id, { attempt: job.attempt, ended });
  };

  /** Claims jobs. When it fails, they may be this worker's all the same. */
  const claiming = async (most: number, make: () => Promise<readonly Job[]>): Promise<readonly Job[]> => {
    isUnsure = true;
    const jobs = await deps.telemetry.during("claim", { most }, async (note) => {
      const claimed = await make();
      note({ jobs: claimed.length });
      return claimed;
    });
    isUnsure = false;
    return jobs;
  };

  /** Runs what a claim whose answer was lost has started: there was room for it then, and nothing was claimed since. */
  const adopt = async (): Promise<void> => {
    if (!isUnsure) return;
    const known = [...running].map(([jobId, { attempt }]) => ({ jobId, attempt }));
    const jobs = await deps.database.attempts.adopt(known, claim);
    isUnsure = false;
    for (const job of jobs) {
      logger.info("a claim was made although its answer was lost", { jobId: job.id, attempt: job.attempt });
      if (job.alone) solo = job.id;
      start(job);
    }
  };

  /** Waits for hints; not at all when an attempt has ended, and no longer than until one ends. */
  const receive = async (free: number): Promise<readonly Delivery[]> => {
    const ended = new AbortController();
    stopWaiting = () => ended.abort();
    const waitMs = hasEnded ? 0 : receiveWaitMs;
    hasEnded = false;
    const signal = AbortSignal.any([stopTaking.signal, ended.signal]);
    const max = areHintsStale ? Math.max(free, staleHints) : free;
    return await deps.queue.receive({ max, waitMs, signal }).finally(() => {
      stopWaiting = undefined;
    });
  };

  const take = async (free: number): Promise<void> => {
    const deliveries = await receive(free);
    if (stopTaking.signal.aborted) {
      // Draining has begun: the hints are offered again before they are acknowledged, so another worker gets them at once.
      if (deliveries.length > 0) await deps.queue.offer(deliveries);
    } else if (!(await checkRoom())) {
      // The disk filled up while receiving: a job claimed now would fail and use up an attempt, so its hint goes back.
      if (deliveries.length > 0) await deps.queue.offer(deliveries, receiveWaitMs);
    } else {
      // A hint says that a job waits; which one runs next, the store says: it alone knows whose turn it is. A worker without hints
      // polls the store: when the queue is down or has lost hints, jobs start later but still start.
      const hinted = deliveries.length > 0;
      const most = hinted ? Math.min(free, deliveries.length) : free;
      const mayClaim = hinted || (await agenda.has("queued-jobs", agendaMs));
      const claimed = mayClaim
        ? await claiming(most, () => deps.database.attempts.claimNext(most, { ...claim, hinted }))
        : [];
      areHintsStale = claimed.length === 0 && hinted;
      for (const job of claimed) start(job);
      // There was work for all slots, so there may be more: for other workers.
      if (claimed.length === free && deliveries.length > free) await deps.queue.offer(deliveries.slice(free));
      if (claimed.length === 0 && running.size === 0) turns.othersAreDone();
    }
    if (deliveries.length > 0) await deps.queue.acknowledge(deliveries);
  };

  /** Checks whether a job has to run alone, now or as soon as the slots are free. True: claim no other job. */
  const takeSolo = async (): Promise<boolean> => {
    const turn = await turns.next(running.size);
    if (stopTaking.signal.aborted) return true;
    if (turn.kind === "hold") await slotOr(turn.ms);
    if (turn.kind !== "run") return turn.kind === "hold";
    const [job] = await claiming(1, () => deps.database.attempts.claim([turn.id], { ...claim, alone: true }));
    if (job === undefined) return false;
    logger.info("a job runs alone", { jobId: job.id, lostWorkers: job.lostWorkers });
    solo = job.id;
    start(job);
    return true;
  };

  /** Resolves when a job ends or the pool drains, and after `ms` at the latest. */
  const slotOr = async (ms: number): Promise<void> => {
    const freed = new AbortController();
    slotFreed = () => freed.abort();
    // An aborted sleep rejects; here that only means that a slot is free.
    await deps.clock.sleep(ms, freed.signal).catch(() => undefined);
  };

  const checkRoom = async (): Promise<boolean> => {
    const free = await freeSpace();
    const now = free === null ? "unknown" : free >= options.limits.minFreeBytes ? "enough" : "little";
    if (now !== room) {
      const [level, message] = roomNews[now];
      logger[level](message);
    }
    room = now;
    return room === "enough";
  };

  stopTaking.signal.addEventListener("abort", () => slotFreed?.());
  const loop = (async () => {
    let failures = 0;
    while (!stopTaking.signal.aborted) {
      try {
        await adopt();
        const free = options.concurrency - running.size;
        if (free <= 0 || solo !== null) {
          await new Promise<void>((resolve) => {
            slotFreed = resolve;
          });
        } else if (await checkRoom()) {
          if (!(await takeSolo())) await take(free);
          failures = 0;
        } else {
          await deps.clock.sleep(receiveWaitMs, stopTaking.signal);
        }
      } catch (error) {
        if (stopTaking.signal.aborted) break;
        failures += 1;
        logger.warn("jobs could not be taken; trying again", { error, failures });
        await deps.clock.sleep(Math.min(10_000, 200 * 2 ** failures), stopTaking.signal).catch(() => undefined);
      }
    }
  })();

  /** Before the pool ends: what stands under its name would count as held by a lost worker. Gives up with the grace period. */
  const adoptAtLast = async (): Promise<void> => {
    while (isUnsure) {
      const isLast = handBack.signal.aborted;
      await adopt().catch((error: unknown) => logger.warn("a claim that failed may have been made", { error }));
      if (isLast) return;
      if (isUnsure) await deps.clock.sleep(adoptPauseMs, handBack.signal).catch(() => undefined);
    }
  };

  const allEnded = async (): Promise<void> => {
    while (running.size > 0) await Promise.all([...running.values()].map(({ ended }) => ended));
    over.abort();
  };
  const lateAfterHandBack = async (): Promise<void> => {
    await aborted(AbortSignal.any([handBack.signal, over.signal]));
    await deps.clock.sleep(endMs, over.signal).catch(() => undefined);
  };

  return {
    running: () => [...running.keys()],
    accepts: () => !stopTaking.signal.aborted && room === "enough",
    drain: async (graceMs) => {
      stopTaking.abort();
      finishing.abort();
      const timer = setTimeout(() => handBack.abort(), graceMs);
      await loop;
      await adoptAtLast();
      await Promise.race([allEnded(), lateAfterHandBack()]);
      clearTimeout(timer);
      if (running.size > 0)
        logger.error("attempts do not end, as where their disk hangs; they are left", { jobs: [...running.keys()] });
    },
  };
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener("abort", () => resolve(), { once: true });
  });
}
