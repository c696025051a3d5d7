import type { AppError } from "../../../errors/app-error.ts";
import { diskError } from "../../system/disk-error.ts";

/** Gives a failure of the work folder its code: `disk_full`, else `storage_error`. */
export async function onDisk<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    throw workFolderError(error);
  }
}

/** What a failure of the work folder means; errors of ours pass unchanged. */
export function workFolderError(error: unknown): AppError {
  return diskError(error, "Writing into the work folder", {
    full: "disk_full",
    hint: "Check the worker's work folder: it must be a writable disk.",
  });
}
