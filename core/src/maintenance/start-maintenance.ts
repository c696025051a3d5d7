import type { ServiceDeps } from "../dependencies.ts";
import { toAppError } from "../errors/app-error.ts";
import type { Check } from "../pipeline/downloader.ts";
import type { MaintenanceTask } from "./task.ts";

/** The maintenance of a process. */
export interface Maintenance {
  /** How each task fares: when it last succeeded, or why it does not. */
  checks(): readonly Check[];
  /** Lets what runs come to its end, and begins nothing new. */
  stop(): Promise<void>;
}

/** What is known of a task. */
interface Standing {
  lastSuccessAt: Date | null;
  /** Runs that failed since. */
  failures: number;
  /** Why the latest one did. */
  problem: string;
  runningSince: Date | null;
}

const firstPauseMs = 1_000;
const longestPauseMs = 15_000;
/** A run that takes longer than this, and three periods, is reported. */
const longRunMs = 10 * 60_000;

/**
 * Runs tasks again and again until it is stopped, each in a loop of its own: one that fails is tried again after growing
 * pauses, and one that fails or hangs delays no other.
 */
export function startMaintenance(
  deps: Pick<ServiceDeps, "clock" | "logger">,
  tasks: readonly MaintenanceTask[],
): Maintenance {
  const stopped = new AbortController();
  const standings = new Map<MaintenanceTask, Standing>();

  const runOnce = async (task: MaintenanceTask, standing: Standing): Promise<void> => {
    standing.runningSince = deps.clock.now();
    try {
      await task.run(stopped.signal);
      if (standing.failures > 0) deps.logger.info("a maintenance task works again", { task: task.name });
      standing.failures = 0;
      standing.lastSuccessAt = deps.clock.now();
    } catch (error) {
      if (stopped.signal.aborted) return;
      standing.failures += 1;
      standing.problem = toAppError(error).message;
      const { failures } = standing;
      deps.logger.warn("a maintenance task failed; it is tried again", { task: task.name, failures, error });
    } finally {
      standing.runningSince = null;
    }
  };

  const loop = async (task: MaintenanceTask): Promise<void> => {
    const standing: Standing = { lastSuccessAt: null, failures: 0, problem: "", runningSince: null };
    standings.set(task, standing);
    let pauseMs = task.firstAfterMs ?? 0;
    while (!stopped.signal.aborted) {
      try {
        await deps.clock.sleep(pauseMs * (0.75 + Math.random() / 2), stopped.signal);
      } catch {
        // The sleep rejects only when the signal aborts.
        return;
      }
      await runOnce(task, standing);
      pauseMs = standing.failures === 0 ? task.everyMs : pauseAfter(task, standing.failures);
    }
  };

  const loops = tasks.map(loop);
  return {
    checks: () => [...standings].map(([task, standing]) => describe(task, standing, deps.clock.now())),
    stop: async () => {
      stopped.abort();
      await Promise.all(loops);
    },
  };
}

function pauseAfter(task: MaintenanceTask, failures: number): number {
  const longestMs = task.longestPauseMs ?? Math.max(task.everyMs, longestPauseMs);
  return Math.min(longestMs, firstPauseMs * 2 ** Math.min(failures - 1, 30));
}

function describe(task: MaintenanceTask, standing: Standing, now: Date): Check {
  const name = `maintenance: ${task.name}`;
  const { failures, runningSince, lastSuccessAt } = standing;
  const last = lastSuccessAt === null ? "has not succeeded yet" : `last succeeded ${lastSuccessAt.toISOString()}`;
  if (failures > 0) {
    const times = failures === 1 ? "failed" : `failed ${failures} times in a row`;
    return {
      name,
      status: "warning",
      detail: `${times}: ${standing.problem} (${last})`,
      fix: "The log of this process has the cause. The task is tried again; other tasks go on without it.",
    };
  }
  const held = task.heldBack?.() ?? null;
  if (held !== null) return { name, status: "warning", detail: `${held.detail} (${last})`, fix: held.fix };
  const ranMs = runningSince === null ? 0 : now.getTime() - runningSince.getTime();
  if (runningSince !== null && ranMs > Math.max(longRunMs, 3 * task.everyMs)) {
    const detail = `has been running since ${runningSince.toISOString()} (${last})`;
    return { name, status: "warning", detail, fix: "If it goes on, look at the storage and restart this process." };
  }
  return { name, status: "ok", detail: last };
}
