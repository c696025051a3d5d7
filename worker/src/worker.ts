import {
  type AttemptDeps,
  defaultSweeperOptions,
  type JobId,
  runSweeper,
  type SweeperOptions,
  sweep,
  sweepWorkFolders,
} from "@vidferry/core";
import { hostName, isWorkerGone, nameWorker } from "@vidferry/core/process";
import { type PoolOptions, startPool, type WorkerPool } from "./pool.ts";

export interface WorkerOptions extends Omit<PoolOptions, "name" | "host"> {
  /** Name of the machine whose disk holds the work folders; default: its host name. */
  readonly host?: string;
  readonly sweeper?: Partial<SweeperOptions>;
  /** Called with each round of the sweep: a sign of life for whoever watches the process. */
  readonly onAlive?: () => Promise<void>;
}

/** A pool with the sweep of its host beside it. */
export interface Worker {
  readonly name: string;
  readonly pool: WorkerPool;
  /** Drains the pool (see {@link WorkerPool.drain}) and ends the sweep. */
  stop(graceMs: number): Promise<void>;
}

/** The work folders of this host are looked through at least this often, in milliseconds. */
const longestFoldersEveryMs = 60_000;

/** Starts a worker: it takes jobs, and gives back what dead workers of its machine held. */
export async function startWorker(deps: AttemptDeps, options: WorkerOptions): Promise<Worker> {
  const { host = hostName() } = options;
  const sweeperOptions = { ...defaultSweeperOptions, ...options.sweeper };
  const foldersEveryMs = Math.min(longestFoldersEveryMs, sweeperOptions.orphansEveryMs);
  const name = nameWorker(deps.ids.next("wrk"));
  const pool = startPool(deps, { ...options, name, host });
  const isRunningHere = (id: JobId) => pool.running().includes(id);
  const stopped = new AbortController();
  let foldersAt = 0;
  const sweeper = runSweeper(
    deps,
    {
      ...sweeperOptions,
      also: async () => {
        await options.onAlive?.();
        const now = deps.clock.now().getTime();
        if (now < foldersAt) return;
        await releaseDeadWorkers(deps, host);
        await sweepWorkFolders(deps, host, isRunningHere);
        foldersAt = now + foldersEveryMs;
      },
    },
    stopped.signal,
  );
  return {
    name,
    pool,
    stop: async (graceMs) => {
      await pool.drain(graceMs);
      stopped.abort();
      await sweeper;
    },
  };
}

/** Gives jobs whose worker on this host is dead back to the queue at once, instead of when their lease runs out. */
async function releaseDeadWorkers(deps: AttemptDeps, host: string): Promise<void> {
  const gone = (await deps.store.workersOn(host)).filter(isWorkerGone);
  if (gone.length === 0) return;
  await deps.store.expireLeasesOf(gone);
  await sweep(deps);
}
