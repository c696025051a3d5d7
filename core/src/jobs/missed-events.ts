import type { ServiceDeps } from "../dependencies.ts";
import type { JobId } from "../runtime/ids.ts";
import { announce } from "./announce.ts";
import { ownerTopic } from "./event-log.ts";
import type { LoggedEvent } from "./events.ts";
import type { Job } from "./job.ts";
import { isTerminal, type JobState } from "./states.ts";

type MissedEventsDeps = Pick<ServiceDeps, "store" | "events" | "queue" | "signals" | "clock" | "logger">;

/** Announces changes of jobs whose event was lost: its process was killed after the write, or the log was away. */
export interface MissedEvents {
  /** Compares the owner's jobs with the store until the function is called that it resolves with. */
  watch(owner: string): Promise<() => void>;
  /** A follower was told of the job. */
  told(job: Pick<Job, "id" | "owner" | "state">): void;
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
  readonly subscribed: Promise<() => void>;
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

  const note = (owner: string, id: JobId, state: JobState): void => {
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
    const states = await deps.store.jobs.states([...round.keys()]);
    for (const [id, before] of round) {
      // Told meanwhile.
      if (known.get(id) !== before) continue;
      known.delete(id);
      const state = states.get(id);
      if (state === undefined) continue;
      if (state === before.state) known.set(id, { state, suspected: null });
      else if (state !== before.suspected) known.set(id, { state: before.state, suspected: state });
      else {
        const job = await deps.store.jobs.get(id, owner);
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
    const subscribed = deps.events.subscribe(ownerTopic(owner), (event: LoggedEvent | null) => {
      if (event?.type === "job") note(owner, event.data.id as JobId, event.data.state);
    });
    const watch: Watch = { watchers: 0, known: new Map(), subscribed };
    watches.set(owner, watch);
    if (running === null) {
      running = new AbortController();
      void run(running.signal).catch(() => undefined);
    }
    return watch;
  };

  const end = (owner: string, watch: Watch): void => {
    if (watches.get(owner) === watch) watches.delete(owner);
    void watch.subscribed.then((stop) => stop()).catch(() => undefined);
    if (watches.size > 0) return;
    running?.abort();
    running = null;
  };

  return {
    watch: async (owner) => {
      const watch = watches.get(owner) ?? begin(owner);
      watch.watchers += 1;
      let watching = true;
      const leave = (): void => {
        if (!watching) return;
        watching = false;
        watch.watchers -= 1;
        if (watch.watchers === 0) end(owner, watch);
      };
      try {
        await watch.subscribed;
      } catch (error) {
        leave();
        throw error;
      }
      return leave;
    },
    told: ({ owner, id, state }) => note(owner, id, state),
  };
}
