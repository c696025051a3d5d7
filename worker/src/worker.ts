import {
  type AttemptDeps,
  createFolderSweep,
  createSharedAgenda,
  defaultHostPolicy,
  defaultMaintenanceOptions,
  type HostPolicy,
  type JobId,
  type Maintenance,
  type MaintenanceOptions,
  type MaintenanceTask,
  releaseLostWorkers,
  serviceTasks,
  sightingsApartMs,
  startMaintenance,
} from "@vidferry/core";
import { hostName, isWorkerGone, nameWorker } from "@vidferry/core/process";
import { startExpansions } from "./expansions.ts";
import { type PoolOptions, startPool, type WorkerPool } from "./pool.ts";
import { createRegistryEntry } from "./registry.ts";
import { createScaleInProtection } from "./scale-in-protection.ts";

export interface WorkerOptions extends Omit<PoolOptions, "name" | "host" | "agenda"> {
  /** Name of the machine whose disk holds the work folders. Default: its host name. */
  readonly host?: string;
  readonly maintenance?: Partial<MaintenanceOptions>;
  /** Which links the entries of batches may have. Default: YouTube's. */
  readonly hosts?: HostPolicy;
  /** The version of Vidferry that the registry of workers shows. */
  readonly version?: string;
  /** It may be told to drain, because nothing else ends with its process; false. */
  readonly standalone?: boolean;
  /** Called when the worker was asked to drain through the registry; its owner is to end it. */
  readonly onDrainAsked?: () => void;
  /** Where the ECS agent listens, on ECS: it is asked not to stop the task of a busy worker. */
  readonly ecsAgentUri?: string;
  /** Further maintenance of this process. Default: none. */
  readonly tasks?: readonly MaintenanceTask[];
  /** Heartbeat for a watchdog: called every few seconds while the worker is alive. */
  readonly onAlive?: (maintenance: Maintenance) => Promise<void>;
}

/** A pool, and the maintenance of the service and of its host beside it. */
export interface Worker {
  readonly name: string;
  readonly pool: WorkerPool;
  readonly maintenance: Maintenance;
  /** Drains the pool (see {@link WorkerPool.drain}) and ends the maintenance. */
  stop(graceMs: number): Promise<void>;
}

/** Longest interval between two sweeps of this host's work folders, in milliseconds. */
const longestFoldersEveryMs = 60_000;

/** Starts a worker: it takes jobs, and gives back what dead workers of its machine held. */
export async function startWorker(deps: AttemptDeps, options: WorkerOptions): Promise<Worker> {
  const { host = hostName() } = options;
  const maintained = { ...defaultMaintenanceOptions, ...options.maintenance };
  const everyMs = Math.min(longestFoldersEveryMs, maintained.orphansEveryMs);
  const id = deps.ids.next("wrk");
  const name = nameWorker(id);
  const agenda = createSharedAgenda(deps, maintained.offerAfterMs);
  const pool = startPool(deps, { ...options, name, host, agenda });
  const folders = createFolderSweep(deps, {
    host,
    isRunningHere: (id: JobId) => pool.running().includes(id),
    apartMs: sightingsApartMs(maintained.orphansEveryMs),
  });
  const entry = createRegistryEntry(deps, {
    ...{ id, name, host, concurrency: options.concurrency },
    version: options.version ?? "",
    standalone: options.standalone ?? false,
    onDrainAsked: options.onDrainAsked ?? (() => undefined),
  });
  const tasks: readonly MaintenanceTask[] = [
    entry.task,
    ...serviceTasks(deps, maintained, agenda),
    { name: "sign-of-life", everyMs: maintained.everyMs, run: async () => await options.onAlive?.(maintenance) },
    { name: "dead-workers", everyMs, run: () => releaseDeadWorkers(deps, host, maintained) },
    ...(options.ecsAgentUri === undefined
      ? []
      : [
          createScaleInProtection({
            agentUri: options.ecsAgentUri,
            clock: deps.clock,
            isBusy: () => pool.running().length > 0,
          }),
        ]),
    ...(options.tasks ?? []),
    { name: "work-folders", everyMs, run: () => folders.run(), heldBack: () => folders.ownership.heldBack() },
  ];
  const maintenance = startMaintenance(deps, tasks);
  const { leaseMs, hosts = defaultHostPolicy, reuse, retentionMs } = options;
  const expansions = startExpansions(deps, {
    leaseMs,
    hosts,
    agenda,
    ...(reuse && { reuse: { ...reuse, retentionMs } }),
  });
  return {
    name,
    pool,
    maintenance,
    stop: async (graceMs) => {
      await Promise.all([pool.drain(graceMs), expansions.stop(), entry.draining()]);
      await maintenance.stop();
      await entry.leave();
    },
  };
}

/** Gives jobs whose worker on this host is dead back to the queue at once, instead of when their lease runs out. */
async function releaseDeadWorkers(deps: AttemptDeps, host: string, options: MaintenanceOptions): Promise<void> {
  const gone = (await deps.database.leases.workersOn(host)).filter(isWorkerGone);
  if (gone.length === 0) return;
  await deps.database.leases.expire(gone);
  await releaseLostWorkers(deps, options);
}
