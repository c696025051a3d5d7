import type { DownloadRequest } from "../jobs/request.ts";
import type { ScheduleRule } from "./schedule.ts";

/** What an owner writes of a schedule. */
export interface ScheduleInput extends ScheduleRule {
  readonly name: string;
  readonly download: DownloadRequest;
}

/** What an owner changes of one; a time and a pattern take each other's place. */
export type ScheduleEdit = Partial<ScheduleInput>;
