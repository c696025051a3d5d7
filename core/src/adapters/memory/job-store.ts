import { randomUUID } from "node:crypto";
import type { KeyStore } from "../../accounts/key-store.ts";
import { AppError } from "../../errors/app-error.ts";
import { type Job, noProgress } from "../../jobs/job.ts";
import type { AttemptRef, Deployment, JobHint, JobStore, RunMode } from "../../jobs/job-store.ts";
import { laneOffsetMs } from "../../jobs/rules/lanes.ts";
import { lostPauseMs } from "../../jobs/rules/lost-pause.ts";
import { endedLease, gapMs, graceMs } from "../../jobs/rules/pulse.ts";
import { storableSpan, storableText, storableTime, storedCopy } from "../../jobs/rules/storable.ts";
import { workerLostError } from "../../jobs/rules/worker-lost.ts";
import { canMove, type JobMove, JobState, jobMoves } from "../../jobs/states.ts";
import type { Clock } from "../../runtime/clock.ts";
import type { JobId } from "../../runtime/ids.ts";
import { type Entry, idle, newEntry } from "./entry.ts";
import { compare, matches, newestFirst } from "./job-query.ts";
import { createMemoryKeyStore } from "./key-store.ts";

export interface MemoryJobStoreOptions {
  /** The store's time. */
  readonly clock: Clock;
}

/** Keeps jobs and keys in this process: for tests and for embedders that need no durability. */
export function createMemoryJobStore({ clock }: MemoryJobStoreOptions): JobStore & KeyStore {
  const entries = new Map<JobId, Entry>();
  const byIdempotencyKey = new Map<string, JobId>();
  const keys = createMemoryKeyStore(clock);
  const deployment: Deployment = {
    id: `dep_${randomUUID().replaceAll("-", "")}`,
    createdAt: clock.now(),
  };
  let closed = false;

  // JavaScript runs each of these to its end without interruption; that is what makes every decision atomic.
  const atomically = async <T>(decide: (now: Date) => T): Promise<T> => {
    if (closed) throw new AppError("unavailable", "The job store is closed.");
    return decide(clock.now());
  };

  const all = (): Job[] => [...entries.values()].map((entry) => entry.job);

  const find = (id: JobId, owner: string | null): Entry | undefined => {
    const entry = entries.get(id);
    return entry && (owner === null || entry.job.owner === storableText(owner)) ? entry : undefined;
  };

  const update = (entry: Entry, now: Date, changes: Partial<Job>): Job => {
    const job = { ...entry.job, ...changes, updatedAt: now };
    entries.set(job.id, { ...entry, job });
    return job;
  };

  /** Puts a job in line: the one place that gives it a due time, a rank and a clean attempt. */
  const enqueue = (entry: Entry, now: Date, due: Date | null, changes: Partial<Job>): Job => {
    const at = (due ?? now).getTime();
    const job: Job = { ...entry.job, ...idle, ...changes, state: "queued", nextAttemptAt: due, updatedAt: now };
    entries.set(job.id, { ...entry, job, rank: at + laneOffsetMs[job.priority], offeredAt: at });
    return job;
  };

  const running = (ref: AttemptRef, move: JobMove): Entry | undefined => {
    const entry = entries.get(ref.jobId);
    return entry && entry.job.attempt === ref.attempt && canMove(entry.job.state, move) ? entry : undefined;
  };

  let pulse: { readonly seenAt: Date; readonly steadySince: Date } | null = null;
  /** Whether leases that ran out are believed; see {@link gapMs}. */
  const markPulse = (now: Date, leaseMs: number): boolean => {
    const isFresh = pulse !== null && Math.abs(Number(now) - Number(pulse.seenAt)) <= gapMs(leaseMs);
    const steadySince = pulse !== null && isFresh ? pulse.steadySince : now;
    pulse = { seenAt: now, steadySince };
    return steadySince <= later(now, -graceMs(leaseMs));
  };

  const runsAs = (job: Job, mode: RunMode): boolean => job.alone === (mode === "alone");
  const isDue = (job: Job, now: Date): boolean => job.nextAttemptAt === null || job.nextAttemptAt <= now;
  const hint = ({ job }: Entry): JobHint => ({ jobId: job.id, lane: job.priority });
  const idempotencyKey = (owner: string, key: string): string => JSON.stringify([owner, key]);

  return {
    ...keys,
    create: (request) =>
      atomically((now) => {
        const fresh = storedCopy({ ...request, scheduledFor: null });
        const { idempotency } = fresh;
        const known = idempotency && byIdempotencyKey.get(idempotencyKey(fresh.owner, idempotency.key));
        const earlier = known ? entries.get(known) : undefined;
        if (earlier) {
          if (earlier.idempotency?.fingerprint !== idempotency?.fingerprint) return { kind: "conflict" };
          return { kind: "repeated", job: earlier.job };
        }
        if (entries.has(fresh.id)) throw new AppError("internal_error", `The job ${fresh.id} exists already.`);
        const scheduledFor = request.scheduledFor && storableTime(request.scheduledFor);
        const entry = newEntry(fresh, scheduledFor, now);
        const { job } = entry;
        entries.set(job.id, entry);
        if (idempotency) byIdempotencyKey.set(idempotencyKey(job.owner, idempotency.key), job.id);
        return { kind: "created", job };
      }),

    get: (id, owner) => atomically(() => find(id, owner)?.job ?? null),

    list: (query) =>
      atomically(() =>
        all()
          .filter((job) => matches(job, query))
          .sort(newestFirst)
          .slice(0, query.limit),
      ),

    move: (id, owner, move) =>
      atomically((now) => {
        const entry = find(id, owner);
        if (!entry || !canMove(entry.job.state, move)) return null;
        const scheduledFor = entry.job.scheduledFor;
        const due = scheduledFor && scheduledFor > now ? scheduledFor : null;
        switch (move) {
          case "resume":
            return enqueue(entry, now, due, {});
          case "retry":
            return enqueue(entry, now, due, retried);
          case "pause":
            return update(entry, now, { ...idle, state: jobMoves.pause.to, nextAttemptAt: null });
          case "cancel":
            return update(entry, now, {
              ...idle,
              state: jobMoves.cancel.to,
              nextAttemptAt: null,
              error: null,
              finishedAt: now,
            });
        }
      }),

    remove: (id, owner) =>
      atomically(() => {
        const entry = find(id, owner);
        if (!entry) return null;
        entries.delete(id);
        if (entry.idempotency) byIdempotencyKey.delete(idempotencyKey(entry.job.owner, entry.idempotency.key));
        return entry.job;
      }),

    claim: (ids, { worker, host, leaseMs, alone = false }) =>
      atomically((now) =>
        [...new Set(ids)].flatMap((id) => {
          const entry = entries.get(id);
          if (!entry || !canMove(entry.job.state, "claim") || !isDue(entry.job, now)) return [];
          if (entry.job.alone && !alone) return [];
          return update(entry, now, {
            state: jobMoves.claim.to,
            stage: "resolving",
            progress: noProgress,
            warnings: [],
            attempt: entry.job.attempt + 1,
            worker: storableText(worker),
            host: storableText(host),
            leaseUntil: later(now, leaseMs),
            nextAttemptAt: null,
            startedAt: entry.job.startedAt ?? now,
          });
        }),
      ),

    heartbeat: (ref, leaseMs, patch) =>
      atomically((now) => {
        const entry = running(ref, "succeed");
        if (!entry) return false;
        update(entry, now, { ...storedCopy(patch), leaseUntil: later(now, leaseMs) });
        return true;
      }),

    succeed: (ref, result) =>
      atomically((now) => {
        const entry = running(ref, "succeed");
        if (!entry) return null;
        const { artifacts, progress, media, warnings, engine, retentionMs } = storedCopy(result);
        return update(entry, now, {
          ...idle,
          state: jobMoves.succeed.to,
          artifacts,
          progress,
          warnings,
          media: media ?? entry.job.media,
          engine: engine ?? entry.job.engine,
          error: null,
          finishedAt: now,
          expiresAt: retentionMs === null ? null : later(now, retentionMs),
        });
      }),

    fail: (ref, error) =>
      atomically((now) => {
        const entry = running(ref, "fail");
        if (!entry) return null;
        return update(entry, now, {
          ...idle,
          state: jobMoves.fail.to,
          error: storedCopy(error),
          failures: entry.job.failures + 1,
          finishedAt: now,
        });
      }),

    requeue: (ref, { error, delayMs, countsAsFailure, alone }) =>
      atomically((now) => {
        const entry = running(ref, "requeue");
        if (!entry) return null;
        return enqueue(entry, now, delayMs > 0 ? later(now, storableSpan(delayMs)) : null, {
          error: storedCopy(error),
          failures: entry.job.failures + (countsAsFailure ? 1 : 0),
          ...(alone !== undefined && { alone, lostWorkers: 0 }),
        });
      }),

    nextQueued: (limit, mode = "shared") =>
      atomically((now) =>
        [...entries.values()]
          .filter(({ job }) => job.state === "queued" && isDue(job, now) && runsAs(job, mode))
          .sort((a, b) => a.rank - b.rank || compare(a.job.id, b.job.id))
          .slice(0, limit)
          .map(hint),
      ),

    releaseLost: ({ maxLostWorkers, limit, leaseMs }) =>
      atomically((now) => {
        if (!all().some((job) => job.state === "running")) return { requeued: [], failed: [] };
        const isSteady = markPulse(now, leaseMs);
        const isLost = ({ leaseUntil }: Job) =>
          leaseUntil !== null && leaseUntil <= now && (isSteady || leaseUntil <= endedLease);
        const lost = [...entries.values()]
          .filter(({ job }) => canMove(job.state, "requeue") && isLost(job))
          .sort((a, b) => Number(a.job.leaseUntil) - Number(b.job.leaseUntil))
          .slice(0, limit);
        const jobs = lost.map((entry) => {
          const { lostWorkers } = entry.job;
          const changes = { lostWorkers: lostWorkers + 1, alone: true, error: workerLostError };
          if (changes.lostWorkers < maxLostWorkers) {
            return enqueue(entry, now, later(now, lostPauseMs(lostWorkers)), changes);
          }
          return update(entry, now, { ...idle, ...changes, state: jobMoves.fail.to, finishedAt: now });
        });
        return {
          requeued: jobs.filter((job) => job.state === jobMoves.requeue.to),
          failed: jobs.filter((job) => job.state === jobMoves.fail.to),
        };
      }),

    expireLeasesOf: (workers) =>
      atomically((now) => {
        const names = new Set(workers.map(storableText));
        const held = [...entries.values()].filter(
          ({ job }) => job.state === "running" && job.worker !== null && names.has(job.worker),
        );
        for (const entry of held) update(entry, now, { leaseUntil: endedLease });
        return held.length;
      }),

    workersOn: (host) =>
      atomically(() => {
        const held = all().filter((job) => job.state === "running" && job.host === storableText(host));
        return [...new Set(held.flatMap((job) => job.worker ?? []))].sort();
      }),

    promoteDue: (limit) =>
      atomically((now) =>
        [...entries.values()]
          .filter(({ job }) => canMove(job.state, "due") && job.scheduledFor !== null && job.scheduledFor <= now)
          .sort((a, b) => Number(a.job.scheduledFor) - Number(b.job.scheduledFor))
          .slice(0, limit)
          .map((entry) => enqueue(entry, now, null, {})),
      ),

    takeUnoffered: (olderThanMs, limit, mode = "shared") =>
      atomically((now) => {
        const taken = [...entries.values()]
          .filter(({ job, offeredAt }) => {
            return job.state === "queued" && offeredAt <= now.getTime() - olderThanMs && runsAs(job, mode);
          })
          .sort((a, b) => a.offeredAt - b.offeredAt)
          .slice(0, limit);
        for (const entry of taken) entries.set(entry.job.id, { ...entry, offeredAt: now.getTime() });
        return taken.map(hint);
      }),

    listExpired: (limit, skip = 0) =>
      atomically((now) =>
        all()
          .filter((job) => isExpired(job, now))
          .sort((a, b) => Number(a.expiresAt) - Number(b.expiresAt) || compare(a.id, b.id))
          .slice(skip, skip + limit),
      ),

    clearArtifacts: (id) =>
      atomically((now) => {
        const entry = entries.get(id);
        if (!entry || !isExpired(entry.job, now)) return false;
        update(entry, now, { artifacts: [] });
        return true;
      }),

    countByState: () =>
      atomically(() => {
        const counts = Object.fromEntries(JobState.options.map((state) => [state, 0])) as Record<JobState, number>;
        for (const { job } of entries.values()) counts[job.state] += 1;
        return counts;
      }),

    deployment: () => atomically(() => deployment),

    check: async (signal) => {
      signal?.throwIfAborted();
      await atomically(() => undefined);
    },

    close: async () => {
      closed = true;
    },
  };
}

/** Of a job that starts over by hand. */
const retried = {
  failures: 0,
  lostWorkers: 0,
  progress: noProgress,
  artifacts: [],
  warnings: [],
  error: null,
  startedAt: null,
  finishedAt: null,
  expiresAt: null,
} as const satisfies Partial<Job>;

const later = (now: Date, ms: number): Date => new Date(now.getTime() + ms);

function isExpired(job: Job, now: Date): boolean {
  return job.artifacts.length > 0 && job.expiresAt !== null && job.expiresAt <= now;
}
