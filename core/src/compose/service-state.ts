import type { Database } from "../database/database.ts";
import type { QueueState } from "../jobs/queue-state.ts";
import type { JobState } from "../jobs/states.ts";
import type { Clock } from "../runtime/clock.ts";
import type { Logger } from "../telemetry/logger.ts";

/** The numbers of the whole service that only its database knows. */
export interface ServiceState {
  /** Each up to a bound (see `countedOfState`). */
  readonly jobs: Readonly<Record<JobState, number>>;
  readonly queue: QueueState;
  /** Bytes of all results that are kept. */
  readonly storedBytes: number;
}

/** Reads the state for whoever looks, however often. */
export interface ServiceStateReader {
  /** What was read last, and how old it is; null: nothing was read lately. Never rejects, and never waits for long. */
  read(): Promise<{ readonly state: ServiceState; readonly ageSeconds: number } | null>;
}

type StateDeps = {
  readonly database: Pick<Database, "jobs" | "queueStates" | "blobs">;
  readonly clock: Clock;
  readonly logger: Logger;
};

/** Queued jobs that are looked at: enough to know that there are far too many. */
const mostQueued = 100_000;
const everyMs = 10_000;
/** The database spends one part in this many on it, at most: where reading takes long, it is done less often. */
const parts = 50;
const patienceMs = 2_000;
/** Older numbers are not shown: they would look like a service that stands still. */
const oldestMs = 5 * 60_000;

/** A reader that asks the database now and then, one question at a time, whoever asks it. */
export function createServiceStateReader({ database, clock, logger }: StateDeps): ServiceStateReader {
  const now = (): number => clock.now().getTime();
  let latest: { readonly state: ServiceState; readonly at: number } | null = null;
  let nextAt = Number.NEGATIVE_INFINITY;
  let reading: Promise<void> | null = null;

  const refresh = async (): Promise<void> => {
    const began = now();
    try {
      const { states: jobs } = await database.jobs.count({ owner: null });
      const queue = await database.queueStates.read(mostQueued);
      latest = { state: { jobs, queue, storedBytes: await database.blobs.storedBytes() }, at: now() };
    } catch (error) {
      logger.debug("the state of the service could not be read", { error });
    } finally {
      nextAt = now() + Math.max(everyMs, parts * (now() - began));
      reading = null;
    }
  };

  return {
    read: async () => {
      if (now() >= nextAt) reading ??= refresh();
      if (reading !== null) {
        const done = new AbortController();
        const patience = clock.sleep(patienceMs, done.signal).catch(() => undefined);
        await Promise.race([reading, patience]);
        done.abort();
      }
      if (latest === null || now() - latest.at > oldestMs) return null;
      return { state: latest.state, ageSeconds: (now() - latest.at) / 1000 };
    },
  };
}
