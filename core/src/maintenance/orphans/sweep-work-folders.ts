import type { ServiceDeps } from "../../dependencies.ts";
import { isTerminal } from "../../jobs/states.ts";
import type { WorkFolders } from "../../pipeline/work-folders.ts";
import type { JobId } from "../../runtime/ids.ts";
import { runEach, throwFirst } from "../run-each.ts";
import { workFoldersPlace } from "./ownership.ts";
import { type PlaceWatch, watchPlace } from "./place-watch.ts";
import { createSightings } from "./sightings.ts";

export interface FolderSweepOptions {
  /** Name of the machine whose disk holds the folders. */
  readonly host: string;
  /** Whether an attempt of the job runs in this process. */
  isRunningHere(id: JobId): boolean;
  /** A folder of a job that the database does not know is deleted only after it was seen as long ago as this. */
  readonly apartMs: number;
}

/** The clean-up of this host's work folders. */
export interface FolderSweep {
  /** Whose they are. */
  readonly place: PlaceWatch;
  /** Deletes the folders that no job will come back to. Returns how many. */
  run(): Promise<number>;
}

/**
 * Cleans up work folders, with the same care as stored files: only where our mark stands, and of unknown jobs only what was
 * seen twice. There is no share: what lies there can be fetched again, and a full disk stops every job.
 */
export function createFolderSweep(
  deps: Pick<ServiceDeps, "store" | "clock" | "logger"> & { readonly workFolders: WorkFolders },
  { host, isRunningHere, apartMs }: FolderSweepOptions,
): FolderSweep {
  const place = watchPlace(deps, workFoldersPlace(deps.workFolders), apartMs);
  const sightings = createSightings(apartMs);

  /** What becomes of a folder, by what the database says now. */
  const standing = async (id: JobId): Promise<"wanted" | "over" | "unknown"> => {
    const job = await deps.store.jobs.get(id, null);
    // After the answer: a claim may have started here while the store was being read.
    if (isRunningHere(id)) return "wanted";
    if (job === null) return "unknown";
    return isTerminal(job.state) || (job.state === "running" && job.host !== host) ? "over" : "wanted";
  };

  return {
    place,
    run: async () => {
      if ((await place.look()).kind !== "ours") {
        sightings.clear();
        return 0;
      }
      const over: JobId[] = [];
      const unknown: JobId[] = [];
      for (const id of await deps.workFolders.list()) {
        const now = await standing(id);
        if (now !== "wanted") (now === "over" ? over : unknown).push(id);
      }
      const seenTwice = sightings.note(unknown, deps.clock.now());
      let removed = 0;
      const failures = await runEach([...over, ...unknown.filter((id) => seenTwice.has(id))], async (id) => {
        // Asked again: another process of this host may have taken the job while the other folders were looked at.
        if ((await standing(id)) === "wanted") return;
        await deps.workFolders.remove(id);
        removed += 1;
      });
      throwFirst(failures);
      return removed;
    },
  };
}
