import { AppError } from "../../../errors/app-error.ts";
import { isDiskFull } from "../../system/system-error.ts";

/** Gives a failure of the work folder its code: `disk_full`, else `storage_error`. */
export async function onDisk<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (cause) {
    if (isDiskFull(cause)) throw new AppError("disk_full", undefined, { cause });
    throw new AppError("storage_error", "The work folder cannot be written.", {
      cause,
      hint: "Check the worker's work folder: it must be a writable disk.",
    });
  }
}
