import {
  type AttemptDeps,
  type EngineVersions,
  freeSpaceOf,
  type MaintenanceTask,
  type WorkerId,
} from "@vidferry/core";

/** What a worker says of itself. */
export interface RegistryOptions {
  readonly id: WorkerId;
  readonly name: string;
  readonly host: string;
  readonly version: string;
  readonly concurrency: number;
  readonly standalone: boolean;
  /** Called once, when somebody asked the worker to drain. */
  readonly onDrainAsked: () => void;
}

/** A worker's entry in the registry of all workers. */
export interface RegistryEntry {
  /** Renews the entry, and asks whether the worker should drain. */
  readonly task: MaintenanceTask;
  /** Says at once that the worker drains. */
  draining(): Promise<void>;
  /** Says that it has ended. */
  leave(): Promise<void>;
}

/** Period of the heartbeats, in milliseconds: how soon a drain that was asked for begins. */
const beatEveryMs = 2_000;

/** Programs that do not say their version within this time, in milliseconds, are not waited for: yt-dlp may have to be loaded first. */
const patienceMs = 1_000;

/**
 * Keeps a worker's entry in the registry up to date. It is there to be looked at: whether the worker may run jobs depends on its
 * leases alone, so whatever goes wrong here stops nothing.
 */
export function createRegistryEntry(deps: AttemptDeps, options: RegistryOptions): RegistryEntry {
  const { id, name, host, version, concurrency, standalone } = options;
  const freeSpace = freeSpaceOf(deps);
  /** What was known last. */
  let engine: EngineVersions = { ytDlp: null, ffmpeg: null };
  let freeBytes: number | null = null;
  let looking: Promise<void> | null = null;
  let draining = false;
  let asked = false;

  const say = async (): Promise<void> => {
    const about = { id, name, host, pid: process.pid, version, engine };
    const said = { ...about, concurrency, freeBytes, standalone, draining };
    const { drain } = await deps.database.workers.beat(said);
    if (!drain || asked) return;
    asked = true;
    deps.logger.info("the worker was asked to drain", { worker: id });
    options.onDrainAsked();
  };
  const look = (): Promise<void> => {
    looking ??= versionsOf(deps)
      .then((found) => {
        engine = found;
      })
      .finally(() => {
        looking = null;
      });
    return looking;
  };

  const beat = async (signal: AbortSignal): Promise<void> => {
    const answered = new AbortController();
    const late = deps.clock.sleep(patienceMs, AbortSignal.any([signal, answered.signal])).catch(() => undefined);
    await Promise.race([look(), late]);
    answered.abort();
    freeBytes = await freeSpace().catch(() => null);
    await say();
  };
  const quietly = async (write: () => Promise<void>): Promise<void> => {
    await write().catch((error: unknown) => deps.logger.debug("the worker's entry is out of date", { error }));
  };

  return {
    task: { name: "worker-heartbeat", everyMs: beatEveryMs, run: beat },
    draining: async () => {
      draining = true;
      await quietly(say);
    },
    leave: () => quietly(() => deps.database.workers.leave(id)),
  };
}

/** Programs that cannot be asked are, as the disk is, a matter of the health checks. */
async function versionsOf({ downloader, transcoder }: AttemptDeps): Promise<EngineVersions> {
  const [ytDlp, ffmpeg] = await Promise.all([
    downloader.version().catch(() => null),
    transcoder.version().catch(() => null),
  ]);
  return { ytDlp, ffmpeg };
}
