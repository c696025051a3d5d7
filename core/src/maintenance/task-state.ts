import type { MaintenanceTask } from "./task.ts";
import type { TaskReport } from "./task-leases.ts";

/** The runs of a task in this process. */
export interface TaskState {
  lastSuccessAt: Date | null;
  /** Consecutive failures since then. */
  failures: number;
  /** Message of the latest failure. */
  problem: string;
  runningSince: Date | null;
}

export const newTaskState = (): TaskState => ({ lastSuccessAt: null, failures: 0, problem: "", runningSince: null });

/** Status of a task, for health. */
export function reportTask(task: MaintenanceTask, state: TaskState, budgetMs: number, now: Date): TaskReport {
  const { failures, runningSince, lastSuccessAt } = state;
  const last = lastSuccessAt === null ? "has not succeeded yet" : `last succeeded ${lastSuccessAt.toISOString()}`;
  if (failures > 0) {
    const times = failures === 1 ? "failed" : `failed ${failures} times in a row`;
    return {
      status: "warning",
      detail: `${times}: ${state.problem} (${last})`,
      fix: "The log of this process has the cause. The task is tried again; other tasks go on without it.",
    };
  }
  const held = task.heldBack?.() ?? null;
  if (held !== null) return { status: "warning", detail: `${held.detail} (${last})`, fix: held.fix };
  // Over its budget: the run was aborted and still has not ended.
  if (runningSince !== null && now.getTime() - runningSince.getTime() > budgetMs) {
    const detail = `has been running since ${runningSince.toISOString()} (${last})`;
    return { status: "warning", detail, fix: "If it goes on, look at the storage and restart this process." };
  }
  return { status: "ok", detail: last };
}
