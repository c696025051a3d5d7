import type { ServiceDeps } from "../dependencies.ts";
import { AppError, toAppError } from "../errors/app-error.ts";
import type { Check } from "../pipeline/downloader.ts";
import { createLeadership, type Hold } from "./leadership.ts";
import type { MaintenanceTask } from "./task.ts";
import { newTaskState, reportTask, type TaskState } from "./task-state.ts";

/** The maintenance of a process. */
export interface Maintenance {
  /** Status of each task: when it last succeeded, or why it fails. For a task led by another process, that process's report. */
  checks(): readonly Check[];
  /** Starts no new runs, waits a while for running ones, and releases all leases of this process. */
  stop(): Promise<void>;
}

const firstPauseMs = 1_000;
const longestPauseMs = 15_000;
/** How long a run may take to end after it was told to, in milliseconds: one that hangs in a disk never does. */
const endMs = 10_000;
const defaultBudgetMs = 10 * 60_000;
/** The report of a task with a longer period is written after each run, not with the next one. */
const longPeriodMs = 30_000;

/** After this many consecutive failures another process may lead the task. */
const handOverAfter = 3;

const budgetOf = (task: MaintenanceTask): number => task.budgetMs ?? defaultBudgetMs;
/** As long as the longest pause between two runs, and a quarter of the period for what comes in between. */
const leaseOf = ({ everyMs }: MaintenanceTask): number => everyMs * 1.5;
/** Leases are extended this many times while the shortest of them lasts. */
const renewals = 2;

/** Aborts a run whose task another process leads now; that is no failure. */
class LeadLost extends Error {
  override readonly name = "LeadLost";
}

/**
 * Runs tasks periodically until it is stopped, each in a loop of its own: one that fails is retried with backoff, and one that
 * fails or hangs delays no other. Tasks with one leader run here only while this process leads them. When a leader is gone,
 * another process leads its task within two periods.
 */
export function startMaintenance(
  deps: Pick<ServiceDeps, "clock" | "logger" | "ids" | "telemetry"> & {
    readonly database: Pick<ServiceDeps["database"], "taskLeases">;
  },
  tasks: readonly MaintenanceTask[],
): Maintenance {
  const { clock, logger, telemetry } = deps;
  const stopped = new AbortController();
  const leadership = createLeadership(deps.database.taskLeases, {
    clock,
    holder: deps.ids.next("wrk"),
    renewEveryMs: Math.min(...tasks.filter(({ oneLeader }) => oneLeader).map(leaseOf)) / renewals,
  });
  const states = new Map<MaintenanceTask, TaskState>();

  const report = (task: MaintenanceTask, state: TaskState) => reportTask(task, state, budgetOf(task), clock.now());
  const holdOf = (task: MaintenanceTask, state: TaskState): Hold => ({
    task: task.name,
    leaseMs: leaseOf(task),
    report: () => (state.lastSuccessAt === null && state.failures === 0 ? null : report(task, state)),
  });

  const runWithinBudget = async (task: MaintenanceTask): Promise<void> => {
    const run = new AbortController();
    const ended = new AbortController();
    const budget = clock.sleep(budgetOf(task), ended.signal).then(
      () => {
        leadership.resign(task.name);
        run.abort(new AppError("timed_out", `The task took longer than ${budgetOf(task) / 1000} s.`));
      },
      () => undefined,
    );
    const stopListening = leadership.onLost(task.name, () => run.abort(new LeadLost()));
    try {
      await task.run(AbortSignal.any([stopped.signal, run.signal]));
    } catch (error) {
      throw run.signal.aborted ? run.signal.reason : error;
    } finally {
      stopListening();
      ended.abort();
      await budget;
    }
  };

  const runOnce = async (task: MaintenanceTask, state: TaskState): Promise<void> => {
    const before = report(task, state).status;
    try {
      if (task.oneLeader) await leadership.lead(holdOf(task, state), stopped.signal);
      state.runningSince = clock.now();
      await telemetry.during("task", { task: task.name }, () => runWithinBudget(task));
      if (state.failures > 0) logger.info("a maintenance task works again", { task: task.name });
      state.failures = 0;
      state.lastSuccessAt = clock.now();
    } catch (error) {
      if (stopped.signal.aborted) return;
      if (error instanceof LeadLost) {
        logger.info("another process leads a maintenance task now", { task: task.name });
        return;
      }
      state.failures += 1;
      state.problem = toAppError(error).message;
      const { failures } = state;
      logger.warn("a maintenance task failed; it is tried again", { task: task.name, failures, error });
    } finally {
      state.runningSince = null;
    }
    const now = report(task, state).status;
    const isNews = now !== before || now !== "ok" || task.everyMs >= longPeriodMs;
    if (!isNews || !leadership.leads(task.name)) return;
    // A task that keeps failing here may work in another process.
    const handsOver = state.failures >= handOverAfter;
    await leadership.keep({ ...holdOf(task, state), ...(handsOver && { leaseMs: 0 }) }).catch(() => undefined);
    if (handsOver) leadership.resign(task.name);
  };

  const loop = async (task: MaintenanceTask): Promise<void> => {
    const state = newTaskState();
    states.set(task, state);
    let pauseMs = task.firstAfterMs ?? 0;
    while (!stopped.signal.aborted) {
      try {
        await clock.sleep(pauseMs * (0.75 + Math.random() / 2), stopped.signal);
      } catch {
        // The sleep rejects only when the signal aborts.
        return;
      }
      await runOnce(task, state);
      pauseMs = state.failures === 0 ? task.everyMs : pauseAfter(task, state.failures);
    }
  };

  const check = (task: MaintenanceTask, state: TaskState): Check => {
    const name = `maintenance: ${task.name}`;
    const own = report(task, state);
    const isLed = task.oneLeader && !leadership.leads(task.name);
    const others = isLed ? leadership.reportOf(task.name) : null;
    if (others === null || state.runningSince !== null) return { name, ...own };
    return { name, ...others, detail: `${others.detail}, in another process` };
  };

  const stillRunning = () =>
    [...states].filter(([, { runningSince }]) => runningSince !== null).map(([{ name }]) => name);
  const loops = tasks.map(loop);
  return {
    checks: () => [...states].map(([task, state]) => check(task, state)),
    stop: async () => {
      stopped.abort();
      const ended = new AbortController();
      const late = clock.sleep(endMs, ended.signal).then(
        () => true,
        () => false,
      );
      const isLate = await Promise.race([Promise.all(loops).then(() => false), late]);
      ended.abort();
      if (isLate) logger.warn("maintenance tasks do not end; they are left", { tasks: stillRunning() });
      for (const end of await Promise.allSettled(tasks.map((task) => task.end?.()))) {
        if (end.status === "rejected") logger.warn("a maintenance task did not end cleanly", { error: end.reason });
      }
      await leadership
        .end()
        .catch((error: unknown) => logger.debug("leases of tasks run out by themselves", { error }));
    },
  };
}

function pauseAfter(task: MaintenanceTask, failures: number): number {
  const longestMs = task.longestPauseMs ?? Math.max(task.everyMs, longestPauseMs);
  return Math.min(longestMs, firstPauseMs * 2 ** Math.min(failures - 1, 30));
}
