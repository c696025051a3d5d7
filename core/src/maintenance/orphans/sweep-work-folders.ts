import type { ServiceDeps } from "../../dependencies.ts";
import { isTerminal } from "../../jobs/states.ts";
import type { WorkFolders } from "../../pipeline/work-folders.ts";
import type { JobId } from "../../runtime/ids.ts";
import { runEach, throwFirst } from "../run-each.ts";
import { workFoldersLocation } from "./ownership.ts";
import { monitorOwnership, type OwnershipMonitor } from "./ownership-monitor.ts";
import { sightingRules } from "./sightings.ts";

export interface FolderSweepOptions {
  /** Name of the machine whose disk holds the folders. */
  readonly host: string;
  /** Whether an attempt of the job runs in this process. */
  isRunningHere(id: JobId): boolean;
  /** A folder of an unknown job is deleted only when it was found twice with at least this time in between. */
  readonly apartMs: number;
}

/** Garbage collection of the work folders of this host. */
export interface FolderSweep {
  /** Monitors their owner. */
  readonly ownership: OwnershipMonitor;
  /** Deletes folders that no attempt will use again. Returns how many. */
  run(): Promise<number>;
}

/**
 * Cleans up work folders, with the same safeguards as for stored files: only where our mark is, and for unknown jobs only what
 * was found twice. There is no limit to their share: their content can be fetched again, and a full disk stops every job.
 */
export function createFolderSweep(
  deps: Pick<ServiceDeps, "database" | "clock" | "logger"> & { readonly workFolders: WorkFolders },
  { host, isRunningHere, apartMs }: FolderSweepOptions,
): FolderSweep {
  const ownership = monitorOwnership(deps, workFoldersLocation(deps.workFolders), apartMs);
  const { sightings } = deps.database;
  const rules = sightingRules(apartMs);
  const place = `work folders of ${host}`;
  /** Something is noted of this place: by an earlier process, for all that is known at first. */
  let isNoted = true;

  /** Whether a folder is still needed, according to the database. */
  const standing = async (id: JobId): Promise<"wanted" | "over" | "unknown"> => {
    const job = await deps.database.jobs.get(id, null);
    // Checked after the read: an attempt may have started here in the meantime.
    if (isRunningHere(id)) return "wanted";
    if (job === null) return "unknown";
    return isTerminal(job.state) || (job.state === "running" && job.host !== host) ? "over" : "wanted";
  };

  return {
    ownership,
    run: async () => {
      if ((await ownership.check()).kind !== "ours") {
        if (isNoted) await sightings.clear(place);
        isNoted = false;
        return 0;
      }
      const over: JobId[] = [];
      const unknown: JobId[] = [];
      for (const id of await deps.workFolders.list()) {
        const now = await standing(id);
        if (now !== "wanted") (now === "over" ? over : unknown).push(id);
      }
      const isNews = unknown.length > 0 || isNoted;
      const seenTwice = isNews ? await sightings.note(place, unknown, rules) : new Set<string>();
      isNoted = unknown.length > 0;
      let removed = 0;
      const failures = await runEach([...over, ...unknown.filter((id) => seenTwice.has(id))], async (id) => {
        // Checked again: another process of this host may have claimed the job while other folders were processed.
        if ((await standing(id)) === "wanted") return;
        await deps.workFolders.remove(id);
        removed += 1;
      });
      throwFirst(failures);
      return removed;
    },
  };
}
