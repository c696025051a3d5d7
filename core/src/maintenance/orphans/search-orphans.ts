import type { ServiceDeps } from "../../dependencies.ts";
import type { HeldBack } from "../task.ts";
import { deleteFiles, endUploads } from "./delete-orphans.ts";
import { ownerOf, storageLocation } from "./ownership.ts";
import { monitorOwnership, type OwnershipMonitor } from "./ownership-monitor.ts";
import { exceedsShare, type StorageScan, scanStorage } from "./scan-storage.ts";
import { sightingRules } from "./sightings.ts";

export interface OrphanSearchOptions {
  /** No file is deleted when more than this share of all stored files is orphaned; 0 to 1. */
  readonly maxShare: number;
  /** A file is deleted only when it was found twice with at least this time in between; in milliseconds. */
  readonly apartMs: number;
}

/** Where its sightings are noted. */
const place = "storage";

/** How far apart sightings are when the search runs with this period: it comes early by a quarter at most. */
export const sightingsApartMs = (periodMs: number): number => periodMs * 0.75;

/** Garbage collection of stored files and uploads that no job references. */
export interface OrphanSearch {
  /** Monitors the owner of the storage. */
  readonly storage: OwnershipMonitor;
  /** Scans the storage and deletes orphans. Returns the number of files and uploads. */
  run(signal?: AbortSignal): Promise<number>;
  /** Why the latest run kept orphans; null when it deleted all that it found. */
  heldBack(): HeldBack | null;
}

/**
 * Collects what crashes leave in the storage: files of attempts that were superseded or killed between storing and writing, of
 * deleted jobs, and abandoned uploads.
 *
 * Deletion cannot be undone, so there are safeguards. It deletes only where our mark is, only keys of our own form, only what
 * it found twice some time apart, and no file at all when that would be more than a share of all files: a database that lost
 * jobs cannot be told from jobs that left files behind.
 */
export function createOrphanSearch(
  deps: Pick<ServiceDeps, "database" | "blobs" | "clock" | "logger">,
  options: OrphanSearchOptions,
): OrphanSearch {
  const location = storageLocation(deps.blobs);
  const storage = monitorOwnership(deps, location, options.apartMs);
  const { sightings } = deps.database;
  const rules = sightingRules(options.apartMs);
  let held: HeldBack | null = null;

  return {
    storage,
    heldBack: () => held,
    run: async (signal) => {
      const before = await storage.check();
      if (before.kind !== "ours") {
        await sightings.clear(place);
        held = null;
        return 0;
      }
      const scan = await scanStorage(deps, signal);
      const names = [...scan.orphans.map(({ key }) => key), ...scan.uploads.map(({ upload }) => uploadName(upload))];
      const seenTwice = await sightings.note(place, names, rules);
      held = exceedsShare(scan, options.maxShare) ? tooMany(scan, options.maxShare) : null;
      if (held !== null) deps.logger.warn("the search for orphaned files deletes nothing", { ...held });
      // Checked again: meanwhile an operator may have assigned the storage, or this process, to another deployment.
      const after = await ownerOf(deps.database, location);
      if (after.kind !== "ours" || after.id !== before.id) return 0;
      const uploads = scan.uploads.filter(
        ({ upload, jobIsKnown }) => seenTwice.has(uploadName(upload)) && (jobIsKnown || held === null),
      );
      const ended = await endUploads(deps, uploads);
      if (held !== null) return ended;
      const files = scan.orphans.filter(({ key }) => seenTwice.has(key));
      return ended + (await deleteFiles(deps, files));
    },
  };
}

// No key contains a space.
const uploadName = ({ key, id }: { readonly key: string | null; readonly id: string }): string => `${key} ${id}`;

function tooMany({ orphanedFiles, files }: StorageScan, maxShare: number): HeldBack {
  return {
    detail: `${orphanedFiles} of ${files} stored files belong to no job of this database, more than ORPHAN_MAX_SHARE (${maxShare}) lets it delete at once.`,
    fix: "Make sure that DATABASE_URL is the right database and has lost nothing. `vidferry doctor --orphans` lists them; with --delete it deletes them.",
  };
}
