import {
  type AttemptDeps,
  type Chore,
  expandBatch,
  type HostPolicy,
  probeThrough,
  type SharedAgenda,
  type SubmitReuse,
  scheduleArchive,
  scheduleOutcomes,
  settleBatches,
} from "@vidferry/core";

/** How often a worker looks for batches to expand, and for those that are over, in milliseconds. */
const everyMs = 1_000;
/** What was known to be due so lately is not asked again, in milliseconds. */
const agendaMs = 500;
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
  /** What there is to do, as the process knows it. */
  readonly agenda: SharedAgenda;
  /** See `ExpandOptions`. */
  readonly reuse?: SubmitReuse;
}

/** Starts to expand batches, and to end those whose jobs have ended. */
export function startExpansions(deps: AttemptDeps, { leaseMs, hosts, agenda, reuse }: ExpansionOptions): Expansions {
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
  const repeat = async (what: string, chore: Chore, work: () => Promise<boolean>): Promise<void> => {
    for (let failures = 0, goesOn = false; !signal.aborted; ) {
      try {
        goesOn = (goesOn || (await agenda.has(chore, agendaMs))) && (await work());
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
    repeat("a batch could not be expanded; trying again", "batches-to-expand", expand),
    repeat("batches could not be ended; trying again", "batches-over", async () => {
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
