import type { ScheduleRule } from "./schedule.ts";
import type { WorkEdit } from "./work.ts";

/** What an owner writes of a schedule. */
export interface ScheduleInput extends ScheduleRule, WorkEdit {
  readonly name: string;
}

/** What an owner changes of one; a time and a pattern take each other's place, and so do a download and a batch. */
export type ScheduleEdit = Partial<ScheduleInput>;
