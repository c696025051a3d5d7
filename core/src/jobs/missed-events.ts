import type { ServiceDeps } from "../dependencies.ts";
import type { JobId } from "../runtime/ids.ts";
import { announce } from "./announce.ts";
import { isTerminal, type JobState } from "./states.ts";

type MissedEventsDeps = Pick<ServiceDeps, "database" | "events" | "queue" | "signals" | "clock" | "logger">;

/** Announces changes of jobs whose event was lost: its process was killed after the write, or the log was away. */
export interface MissedEvents {
  /** Compares the owner's jobs with the store until the returned function is called. */
  watch(owner: string): () => void;
  /** A follower was told that the owner's job is in this state. */
  told(owner: string, id: JobId, state: JobState): void;
}

interface Known {
  readonly state: JobState;
  /** The store had this other state when it was looked at last. */
  readonly suspected: JobState | null;
}

interface Watch {
  watchers: number;
  /** The unfinished jobs that were told, the one whose turn it is first. */
  readonly known: Map<JobId, Known>;
}

/** Jobs of an owner that are watched, at most, and that are looked at in one round. */
const mostKnown = 1_000;
const oneRound = 200;

/**
 * Events are hints, so a follower of one job asks the store from time to time. For all jobs of an owner the process asks once,
 * whatever the number of followers, and appends what is missing to the log. Only a change that is still not told one round
 * after it was seen counts as lost.
 */
export function createMissedEvents(deps: MissedEventsDeps, everyMs = 10_000): MissedEvents {
  const watches = new Map<string, Watch>();
  let running: AbortController | null = null;

  const told: MissedEvents["told"] = (owner, id, state) => {
    const known = watches.get(owner)?.known;
    if (known === undefined) return;
    known.delete(id);
    if (isTerminal(state)) return;
    known.set(id, { state, suspected: null });
    for (const longest of known.keys()) {
      if (known.size <= mostKnown) break;
      known.delete(longest);
    }
  };

  const compare = async (owner: string, { known }: Watch): Promise<void> => {
    const round = new Map([...known].slice(0, oneRound));
    if (round.size === 0) return;
    const states = await deps.database.jobs.states([...round.keys()]);
    for (const [id, before] of round) {
      // Told meanwhile.
      if (known.get(id) !== before) continue;
      known.delete(id);
      const state = states.get(id);
      if (state === undefined) continue;
      if (state === before.state) known.set(id, { state, suspected: null });
      else if (state !== before.suspected) known.set(id, { state: before.state, suspected: state });
      else {
        const job = await deps.database.jobs.get(id, owner);
        if (job !== null) await announce(deps, job);
      }
    }
  };

  const run = async (signal: AbortSignal): Promise<void> => {
    for (;;) {
      await deps.clock.sleep(everyMs, signal);
      for (const [owner, watch] of [...watches]) {
        if (signal.aborted) return;
        await compare(owner, watch).catch((error: unknown) => {
          deps.logger.debug("an owner's jobs could not be compared with what was told of them", { error });
        });
      }
    }
  };

  const begin = (owner: string): Watch => {
    const watch: Watch = { watchers: 0, known: new Map() };
    watches.set(owner, watch);
    if (running === null) {
      running = new AbortController();
      void run(running.signal).catch(() => undefined);
    }
    return watch;
  };

  return {
    watch: (owner) => {
      const watch = watches.get(owner) ?? begin(owner);
      watch.watchers += 1;
      let watching = true;
      return () => {
        if (!watching) return;
        watching = false;
        watch.watchers -= 1;
        if (watch.watchers > 0) return;
        watches.delete(owner);
        if (watches.size > 0) return;
        running?.abort();
        running = null;
      };
    },
    told,
  };
}
