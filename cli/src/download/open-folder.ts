import { mkdir, readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { UsageError } from "@vidferry/core/program";
import { type FileLock, shareLock } from "./file-lock.ts";
import { type SavedResults, savedResults } from "./saved-files.ts";

/** A folder that results go to, and what is remembered of those: the same for whatever saves into it. */
export interface TargetFolder {
  readonly directory: string;
  /** `.vidferry` inside the folder. */
  readonly state: string;
  readonly saved: SavedResults;
  /** Tells other commands that this one works here. */
  readonly presence: FileLock;
  /** Ends that; leaves nothing behind where nothing was saved. */
  close(): Promise<void>;
}

/** Opens the folder; null when the signal aborts while another command has it alone. Throws {@link UsageError} for one that cannot be made. */
export async function openFolder(directory: string, signal: AbortSignal): Promise<TargetFolder | null> {
  await mkdir(directory, { recursive: true }).catch((error: unknown) => {
    throw new UsageError(`--out: ${directory} cannot be made: ${error instanceof Error ? error.message : "unknown"}`);
  });
  const state = join(directory, ".vidferry");
  const lock = "lock";
  const presence = await shareLock(join(state, lock), signal).catch((error: unknown) => {
    if (signal.aborted) return null;
    throw error;
  });
  if (presence === null) return null;
  return {
    ...{ directory, state, presence },
    saved: savedResults(directory, join(state, "saved.jsonl")),
    close: async () => {
      // Alone, so that nobody begins to work in it meanwhile.
      if (presence.tryAlone() && (await readdir(state)).every((name) => name === lock))
        await rm(state, { recursive: true, force: true });
      presence.release();
    },
  };
}
