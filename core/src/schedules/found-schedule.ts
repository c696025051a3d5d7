import type { Actor, Audit, AuditAction, AuditDetail } from "../audit/audit.ts";
import { AppError } from "../errors/app-error.ts";
import type { ScheduleId } from "../runtime/ids.ts";
import type { Schedule } from "./schedule.ts";

/** The answer to an id that names no schedule of the owner. */
export const noSchedule = (id: ScheduleId): AppError => new AppError("not_found", `There is no schedule ${id}.`);

/** The schedule. Throws `not_found` when there is none. */
export function foundSchedule<T>(schedule: T | null, id: ScheduleId): T {
  if (schedule === null) throw noSchedule(id);
  return schedule;
}

/** Writes who did what to a schedule. */
export function tellScheduleAudit(
  tx: { readonly audit: Pick<Audit, "add"> },
  action: AuditAction,
  { id, owner }: Pick<Schedule, "id" | "owner">,
  by: Actor,
  detail: AuditDetail = {},
): Promise<void> {
  return tx.audit.add({ action, by, subject: id, owner, detail });
}
