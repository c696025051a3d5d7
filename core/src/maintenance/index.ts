export { startDueJobs } from "./due-jobs.ts";
export { deleteExpiredResults } from "./expired-results.ts";
export { type LostWorkersOptions, releaseLostWorkers } from "./lost-workers.ts";
export { runEach, throwFirst } from "./run-each.ts";
export { defaultMaintenanceOptions, type MaintenanceOptions, serviceTasks } from "./service-tasks.ts";
export { type Maintenance, startMaintenance } from "./start-maintenance.ts";
export type { HeldBack, MaintenanceTask } from "./task.ts";
export type { TaskHold, TaskLease, TaskLeases, TaskReport } from "./task-leases.ts";
export { offerForgottenJobs } from "./unoffered-jobs.ts";
