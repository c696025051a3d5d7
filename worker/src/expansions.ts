import {
  type AttemptDeps,
  expandBatch,
  type HostPolicy,
  probeThrough,
  type SubmitReuse,
  scheduleArchive,
  scheduleOutcomes,
  settleBatches,
} from "@vidferry/core";

/** How often a worker looks for batches to expand, and for those that are over, in milliseconds. */
const everyMs = 1_000;
/** Batches that are ended at once. */
const settledAtOnce = 50;

/** The expansion of batches in a worker: one at a time. */
export interface Expansions {
  /** Stops between two writes; another worker goes on at the last checkpoint. */
  stop(): Promise<void>;
}

export interface ExpansionOptions {
  readonly leaseMs: number;
  /** Which links entries may have. */
  readonly hosts: HostPolicy;
  /** See `ExpandOptions`. */
  readonly reuse?: SubmitReuse;
}

/** Starts to expand batches, and to end those whose jobs have ended. */
export function startExpansions(deps: AttemptDeps, { leaseMs, hosts, reuse }: ExpansionOptions): Expansions {
  const stopping = new AbortController();
  const { signal } = stopping;
  const probe = probeThrough(deps);
  const archive = scheduleArchive(hosts);
  const outcomes = scheduleOutcomes(deps);
  const { logger, clock, database } = deps;

  const expand = async (): Promise<boolean> => {
    const batch = await database.batches.claim(leaseMs);
    if (batch === null) return false;
    await expandBatch(deps, batch, { leaseMs, hosts, probe, signal, archive, outcomes, ...(reuse && { reuse }) });
    return true;
  };

  /** One of the two kinds of work, again and again; a failure of one delays the other no longer. */
  const repeat = async (what: string, work: () => Promise<boolean>): Promise<void> => {
    for (let failures = 0; !signal.aborted; ) {
      try {
        const goesOn = await work();
        failures = 0;
        if (!goesOn) await clock.sleep(everyMs, signal);
      } catch (error) {
        if (signal.aborted) return;
        failures += 1;
        logger.warn(what, { error, failures });
        await clock.sleep(Math.min(30_000, 500 * 2 ** failures), signal).catch(() => undefined);
      }
    }
  };

  const loops = Promise.all([
    repeat("a batch could not be expanded; trying again", expand),
    repeat("batches could not be ended; trying again", async () => {
      return (await settleBatches(deps, settledAtOnce, outcomes)) === settledAtOnce;
    }),
  ]);
  return {
    stop: async () => {
      stopping.abort();
      await loops;
    },
  };
}
