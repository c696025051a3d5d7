import type { BatchRequest } from "../batches/batch-request.ts";
import { AppError } from "../errors/app-error.ts";
import type { ScheduleWork } from "./schedule.ts";

/** What an owner writes of what a schedule does; a download and a batch take each other's place. */
export type WorkEdit = Partial<ScheduleWork>;

/** The work after an edit. Batches of a list take only what is new unless they are told otherwise. Throws `invalid_request`. */
export function changedWork(current: ScheduleWork | null, edit: WorkEdit): ScheduleWork {
  const { download, batch } = workOf(current, edit);
  const isList = batch?.source !== undefined;
  const before = current?.batch?.source === undefined ? isList : current.onlyNew;
  const onlyNew = edit.onlyNew ?? (isList && before);
  if (onlyNew && !isList) throw refused("onlyNew", "goes only with `batch.source`: nothing else has new entries");
  return { download, batch, onlyNew };
}

function workOf(current: ScheduleWork | null, { download, batch }: WorkEdit): Omit<ScheduleWork, "onlyNew"> {
  if (download && batch) throw refused("batch", "does not go with `download`: one of them is needed");
  if (download) return { download, batch: null };
  if (batch) return { download: null, batch };
  if (current === null) throw refused("download", "or `batch` is needed");
  return current;
}

function refused(field: "download" | "batch" | "onlyNew", message: string): AppError {
  return new AppError("invalid_request", `\`${field}\` ${message}.`, { fields: [{ path: `/${field}`, message }] });
}

/** The link that a schedule is about: of its video, its list, or the first of its videos. */
export function linkOf({ download, batch }: Pick<ScheduleWork, "download" | "batch">): string {
  return download?.url ?? batch?.source?.url ?? firstOf(batch) ?? "";
}

const firstOf = (batch: BatchRequest | null): string | undefined => batch?.urls?.[0];
