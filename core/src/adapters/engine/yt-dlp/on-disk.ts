import { diskError } from "../../system/disk-error.ts";

/** Maps a failure of the work folder to its code: `disk_full`, else `storage_error`. */
export async function onDisk<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    throw diskError(error, "Writing into the work folder", {
      full: "disk_full",
      hint: "Check the worker's work folder: it must be a writable disk.",
    });
  }
}
